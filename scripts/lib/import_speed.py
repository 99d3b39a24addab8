# SPDX-License-Identifier: GPL-2.0-only
"""How fast a perf.data is read, beside perf sched timehist -s on the same file."""
import os
import re
import subprocess

from figures import Row, Spread

LOOPS = "15000"  # some 240 MB


def record(path):
    """Records sched messaging as its manual has it; switches and bytes of the file."""
    subprocess.run(["perf", "sched", "record", "-a", "-o", path, "--", "perf", "bench",
                    "sched", "messaging", "-g", "4", "-l", LOOPS],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    with open(path, "rb") as written:  # what is written later disturbs who is measured then
        os.fsync(written.fileno())
    told = subprocess.run(["perf", "sched", "timehist", "-s", "-i", path], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout
    switches = int(re.search(r"number of context switches: (\d+)", told)[1])
    return switches, os.path.getsize(path)


def import_rows(bench):
    """Rows: perf's elapsed time over ours, each round's own, the variants in turns."""
    path, trace = bench.path("import.perf"), bench.path("import.ilt")
    switches, size = record(path)
    commands = {
        "perf": ["perf", "sched", "timehist", "-s", "-i", path],
        "summary": [bench.interloper, "summary", path],
        "import": [bench.interloper, "import", path, "-o", trace],
    }
    times = {name: [] for name in commands}
    for turn in range(bench.rounds):
        for name in list(commands)[::-1] if turn % 2 else commands:
            if os.path.exists(trace):
                os.unlink(trace)
            times[name].append(bench.timed(commands[name]))
    rows = []
    for name in ("summary", "import"):
        elapsed = [theirs[0] / ours[0] for theirs, ours in zip(times["perf"], times[name])]
        used = [theirs[1] / ours[1] for theirs, ours in zip(times["perf"], times[name])]
        rows.append(Row("import", f"perf sched timehist -s / {name} of a perf.data", ">= 5",
                        Spread(elapsed), digits=1,
                        note=f"by CPU time: {Spread(used).median:.1f}; {switches:,} switches, "
                        f"{size / 1e6:.0f} MB, {Spread(t[0] for t in times[name]).median:.2f} s"))
    os.unlink(path)
    return rows
