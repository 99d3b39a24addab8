# SPDX-License-Identifier: GPL-2.0-only
"""What the live tests read: our JSON, and what the kernel or the workload told of its tasks."""

import json
import os
import subprocess
import sys

INTERLOPER = os.environ["INTERLOPER"]
SLOWNESS = int(os.environ["SLOWNESS"])  # see lib.bash


def run_json(*arguments):
    """The JSON object that an interloper command prints."""
    done = subprocess.run([INTERLOPER, *arguments], stdout=subprocess.PIPE, check=True, timeout=60)
    return json.loads(done.stdout)


def events(path, kind=None):
    """The events of a trace file, in order; of one type where kind is given."""
    done = subprocess.run([INTERLOPER, "timehist", "--json", path], stdout=subprocess.PIPE,
                          check=True, timeout=120)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [e for e in found if kind is None or e["type"] == kind]


def tasks_by_tid(rows):
    """The rows of a summary by tid."""
    return {row["task"]["tid"]: row for row in rows if row["task"]["tid"] is not None}


def schedstats(path):
    """What the workload printed of its tasks: tid -> (comm, run ns, wait ns, slices)."""
    found = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            tid, comm, run, wait, slices = line.split()
            found[int(tid)] = (comm, int(run), int(wait), int(slices))
    return found


def cpu_set(text):
    """A CPU list as the kernel writes it, "0-2,7", as a set."""
    ranges = [part.split("-") for part in text.split(",")]
    return {cpu for part in ranges for cpu in range(int(part[0]), int(part[-1]) + 1)}


class Checks:
    """Collects what failed, so that one run shows all of it."""

    def __init__(self):
        self.failed = 0

    def that(self, true, what):
        if not true:
            self.failed += 1
            print("FAILED: " + what)
        return true

    def end(self):
        sys.exit(1 if self.failed else 0)
