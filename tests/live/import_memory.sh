#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# An import's memory depends on the tasks, the CPUs and perf's rounds, not on how long was recorded: one that is
# eight times as long needs no more. As a file, through a pipe, as text; and in order without a mark.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

python3 - "$work" <<'END' || fail "memory grows"
import os
import re
import subprocess
import sys
import time

from traces import Checks, INTERLOPER

checks = Checks()
work = sys.argv[1]
trace = work + "/imported.ilt"
MIB = 1 << 20


def import_it(name, stdin=None):
    """The most that an import had resident, and its slices and losses."""
    most = 0
    with open(work + "/errors", "w+", encoding="utf-8") as errors:
        importer = subprocess.Popen([INTERLOPER, "import", name, "-o", trace, "--force"], stdin=stdin, stderr=errors)
        while importer.poll() is None:
            with open(f"/proc/{importer.pid}/status", encoding="utf-8") as status:
                # Not rusage: that has the size of who forked it. A zombie has none.
                for value in re.findall(r"^VmHWM:\s+(\d+) kB", status.read(), re.M):
                    most = int(value) * 1024
            time.sleep(0.005)
        errors.seek(0)
        said = errors.read()
    checks.that(importer.returncode == 0, f"{name}: exit {importer.returncode}: {said}")
    told = re.search(r"([\d,]+) slices, .*; ([\d,]+) lost", said)
    checks.that(told, f"{name}: says {said}")
    slices, lost = (int(number.replace(",", "")) for number in told.groups()) if told else (0, 0)
    return most, slices, lost


def peak(form, switches, piped):
    """Imports a recording of the form; what it needed."""
    maker = [os.environ["TOOLS"] + "/gen_perf", form, str(switches)]
    if piped:
        with subprocess.Popen(maker, stdout=subprocess.PIPE) as made:
            most, slices, lost = import_it("-", made.stdout)
            made.stdout.close()
        checks.that(made.returncode == 0, f"gen_perf {form}: exit {made.returncode}")
    else:
        path = f"{work}/recording"
        with open(path, "wb") as out:
            subprocess.run(maker, stdout=out, check=True)
        most, slices, lost = import_it(path)
        print(f"{os.path.getsize(path) / MIB:.1f} MiB file: ", end="")
    print(f"{form}, {switches} switches{', piped' if piped else ''}: peak {most / MIB:.1f} MiB")
    checks.that(slices >= switches and not lost, f"{form}: {slices} slices of {switches}, {lost} lost")
    return most


for form, piped in (("file", False), ("pipe", True), ("pipe", False), ("text", True), ("text", False)):
    short, long_ = peak(form, 160000, piped), peak(form, 1280000, piped)
    checks.that(long_ < 1.3 * short, f"{form}: {long_ / MIB:.1f} MiB, of an eighth {short / MIB:.1f}")
# perf inject --jit's: no mark says what may go. What is kept then (perf_order.h) is less than the file.
most = peak("sorted", 640000, False)
checks.that(most < 112 * MIB, f"in order, without marks: {most / MIB:.1f} MiB")
checks.end()
END
verdict
