# SPDX-License-Identifier: GPL-2.0-only
"""What the verifier went through for each program of a running recorder, a line each: NAME INSNS.

usage: verified_insns.py PID        exit 77: this kernel does not tell (before 5.16)
"""
import ctypes
import os
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PROG_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD = 13, 15
NAME_AT, NAME_BYTES = 64, 16  # in struct bpf_prog_info
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    attr = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, attr, len(attr))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf command {command}")
    return result


def program_name(number):
    fd = bpf(PROG_GET_FD_BY_ID, struct.pack("I", number))
    info = ctypes.create_string_buffer(NAME_AT + NAME_BYTES)
    try:
        bpf(OBJ_GET_INFO_BY_FD, struct.pack("IIQ", fd, len(info), ctypes.addressof(info)))
    finally:
        os.close(fd)
    return info.raw[NAME_AT:].rstrip(b"\0").decode()


def programs(pid):
    """By id: a link's descriptor names its program too, but not what was verified."""
    folder = f"/proc/{pid}/fdinfo"
    for fd in os.listdir(folder):
        with open(f"{folder}/{fd}", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        if "prog_type" in fields and "link_type" not in fields:
            yield int(fields["prog_id"]), fields.get("verified_insns")


def main():
    found = {number: insns for number, insns in programs(sys.argv[1])}
    if not found:
        sys.exit("no programs")
    if None in found.values():
        print("this kernel does not tell what it verified (before 5.16)")
        sys.exit(77)
    for line in sorted(f"{program_name(number)} {int(insns)}" for number, insns in found.items()):
        print(line)


main()
