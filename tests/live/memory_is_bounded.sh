#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# record's memory is the rings and 32 MiB at most, under a storm of tasks, and no more after a longer one.
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3 perf
perf bench sched messaging -g 1 -l 1 >/dev/null 2>&1 || skip "perf bench sched does not work here"

python3 - "$work" <<'END' || fail "memory grows"
import os
import re
import subprocess
import sys
import time

from traces import Checks, INTERLOPER, run_json

checks = Checks()
work = sys.argv[1]
MIB = 1 << 20


def peak(loops):
    """The most that record had resident, its rings, and its slices."""
    trace = f"{work}/{loops}.ilt"
    with open(work + "/errors", "w+", encoding="utf-8") as errors:
        recorder = subprocess.Popen([INTERLOPER, "record", "-v", "-o", trace, "--", "perf", "bench", "sched",
                                     "messaging", "-g", "10", "-l", str(loops)],
                                    stdout=subprocess.DEVNULL, stderr=errors)
        most, started = 0, time.monotonic()
        while recorder.poll() is None:
            with open(f"/proc/{recorder.pid}/status", encoding="utf-8") as status:
                # A zombie has none.
                for value in re.findall(r"^VmHWM:\s+(\d+) kB", status.read(), re.M):
                    most = int(value) * 1024
            if time.monotonic() - started > 100:
                recorder.kill()
                sys.exit("record does not end")
            time.sleep(0.02)
        errors.seek(0)
        said = errors.read()
    checks.that(recorder.returncode == 0, f"record: exit {recorder.returncode}: {said}")
    words = re.search(r"rings: ([\d.]+) ([KMG]iB)", said)
    checks.that(words, "-v does not tell the rings' memory: " + said)
    rings = float(words[1]) * {"KiB": 1 << 10, "MiB": MIB, "GiB": 1 << 30}[words[2]] if words else 0
    checks.that(rings <= 4 * MIB * os.cpu_count(), f"rings of {rings / MIB:.1f} MiB by default")
    slices = run_json("info", trace, "--json")["file"]["slices"]
    print(f"{loops} loops: {slices} slices, {os.path.getsize(trace) / MIB:.1f} MiB file, peak {most / MIB:.1f} "
          f"MiB, rings {rings / MIB:.1f} MiB")
    checks.that(slices > 1000, "hardly a slice")
    checks.that(0 < most <= rings + 32 * MIB, "more than the rings and 32 MiB")
    return most


short, long_ = peak(100), peak(1000)
checks.that(long_ <= short + 16 * MIB, "memory grows with the duration")
checks.end()
END
verdict
