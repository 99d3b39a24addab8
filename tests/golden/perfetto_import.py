#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Reads a trace as Perfetto's trace_processor does, as far as scheduling goes, and compares with
"interloper timehist --json": every slice and every delay must come out as it went in.

  perfetto_import.py MODULES FILE ROWS    MODULES has perfetto_pb2.py, ROWS is the JSON

The rules are those of src/trace_processor there: trace_sorter (by time, ties by CPU, then by place),
ftrace_sched_event_tracker (slices), thread_state_tracker (states), process_tracker (the end
of a thread). Decoding is python3-protobuf's.
"""
import json
import re
import sys
from collections import Counter

OURS = 0x70000000
RUNNING = "Running"


# By kernel: since 4.14, and before or where the release is not known.
STATES = {0: "R", 1: "S", 2: "D", 4: "T", 8: "t", 0x10: "X", 0x20: "Z"}
NEW_STATES = STATES | {0x40: "P", 0x80: "I", 0x100: "R+"}
OLD_STATES = STATES | {0x200: "P", 0x402: "I", 0x800: "R+"}


def bundle_events(bundle, states):
    sched, time_ns = bundle.compact_sched, 0
    names = sched.intern_table
    columns = (sched.switch_timestamp, sched.switch_prev_state, sched.switch_next_pid,
               sched.switch_next_prio, sched.switch_next_comm_index)
    assert len({len(column) for column in columns}) == 1, "columns of different length"
    for step, left, tid, prio, name in zip(*columns):
        time_ns += step
        assert names[name], "a thread without a name"
        yield time_ns, ("switch", states[left], tid, prio)
    for event in bundle.event:
        if event.HasField("sched_waking"):
            yield event.timestamp, ("waking", event.sched_waking.pid)
        else:
            yield event.timestamp, ("exit", event.sched_process_free.pid)


class Importer:
    """Tables sched_slice and thread_state; what is open has a dur of -1."""

    def __init__(self):
        self.sched, self.waits = [], []  # waits: of thread_state, Runnable until Running
        self.cpus = {}  # cpu: [tid, its open row]
        self.threads = {}  # tid: the last row of thread_state
        self.ignored_wakings = 0

    def open_state(self, time_ns, tid, state):
        if tid == 0:
            return
        row = [tid, time_ns, -1, state]
        self.threads[tid] = row

    def close_state(self, time_ns, tid):
        row = self.threads.get(tid)
        if row:
            row[2] = time_ns - row[1]

    def switch(self, time_ns, cpu, left, tid, prio):
        if cpu not in self.cpus:
            self.cpus[cpu] = [tid, None]
            return
        last_tid, row = self.cpus[cpu]
        if row:
            row[2], row[4] = time_ns - row[1], left
        row = [cpu, time_ns, -1, tid, None, prio]
        self.sched.append(row)
        self.cpus[cpu] = [tid, row]
        last = self.threads.get(last_tid)
        if not last or last[3] == RUNNING:
            self.close_state(time_ns, last_tid)
        self.open_state(time_ns, last_tid, left)
        self.close_state(time_ns, tid)
        if tid in self.threads and self.threads[tid][3] in ("R", "R+"):
            self.waits.append((tid, time_ns, self.threads[tid][2]))
        self.open_state(time_ns, tid, RUNNING)

    def waking(self, time_ns, tid):
        last = self.threads.get(tid)
        if last and last[3] in ("R", RUNNING):
            self.ignored_wakings += 1
            return
        self.close_state(time_ns, tid)
        self.open_state(time_ns, tid, "R")

    def take(self, trace):
        events = []
        releases = [packet.system_info.utsname.release for packet in trace.packet
                    if packet.HasField("system_info")]
        old = not releases or [int(n) for n in re.findall(r"\d+", releases[0])[:2]] < [4, 14]
        states = OLD_STATES if old else NEW_STATES
        assert trace.packet[0].HasField("clock_snapshot"), "the clocks must come first"
        assert all(packet.trusted_packet_sequence_id for packet in trace.packet)
        for packet in trace.packet:
            if packet.HasField("ftrace_events"):
                cpu = packet.ftrace_events.cpu
                events += [(time_ns, cpu, len(events) + i, event) for i, (time_ns, event)
                           in enumerate(bundle_events(packet.ftrace_events, states))]
        for time_ns, cpu, _, event in sorted(events, key=lambda event: event[:3]):
            if event[0] == "switch":
                self.switch(time_ns, cpu, *event[1:])
            elif event[0] == "waking":
                self.waking(time_ns, event[1])
            else:
                self.threads.pop(event[1], None)


def expected(rows):
    """Slices and delays, as the tables would have them; and the starts whose delay is not known."""
    slices, delays, unknown = Counter(), Counter(), set()
    for row in rows:
        if row["type"] != "slice" or "gap" in row["flags"]:
            continue
        tid = row["task"]["tid"]
        state = "R+" if "involuntary" in row["flags"] else row["state"]
        run = row["time_ns"] - row["start_ns"]
        if "cut_end" in row["flags"]:
            run, state = -1, None
        if tid == 0 and state:
            state = "R"
        slices[row["cpu"], row["start_ns"], run, tid, state, row["prio"]] += 1
        # Of none at all there is no state: woken and running at the same time.
        if row["delay_ns"] and tid:
            delays[tid, row["start_ns"], row["delay_ns"]] += 1
        if row["delay_ns"] is None:
            unknown.add((tid, row["start_ns"]))
    return slices, delays, unknown


def differ(what, want, got):
    if want == got:
        return 0
    print(f"{what}: {sum(want.values())} wanted, {sum(got.values())} found")
    for mark, rows in ("wanted", want - got), ("found", got - want):
        for row in list(rows)[:5]:
            print(f"  {mark}: {row}")
    return 1


def main():
    sys.path.insert(0, sys.argv[1])
    import perfetto_pb2  # pylint: disable=import-error,import-outside-toplevel
    trace = perfetto_pb2.Trace()
    with open(sys.argv[2], "rb") as file:
        trace.ParseFromString(file.read())
    with open(sys.argv[3], encoding="utf-8") as file:
        want_slices, want_delays, unknown = expected(json.loads(line) for line in file)
    importer = Importer()
    importer.take(trace)
    slices = Counter(tuple(row) for row in importer.sched if row[3] < OURS)
    delays = Counter((tid, start, dur) for tid, start, dur in importer.waits
                     if dur > 0 and tid < OURS and (tid, start) not in unknown)
    stale = sum((tid, start) in unknown for tid, start, _ in importer.waits if tid < OURS)
    wrong = differ("slices", want_slices, slices) + differ("delays", want_delays, delays)
    print(f"{sum(slices.values())} slices, {sum(delays.values())} delays, "
          f"{importer.ignored_wakings} wakings ignored, {stale} waits behind gaps")
    return 1 if wrong or not slices else 0


if __name__ == "__main__":
    sys.exit(main())
