# SPDX-License-Identifier: GPL-2.0-only
"""Figures with their targets, as text, JSON and the tables of docs/performance.md."""
import statistics


class Spread:
    """Repeated measurements of one thing; median where it is not that of the values."""

    def __init__(self, values, median=None):
        self.values = list(values)
        self.median = statistics.median(self.values) if median is None else median
        self.min, self.max = min(self.values), max(self.values)


class Row:
    """A figure, its target, and what stands beside it."""

    def __init__(self, name, what, target, spread, unit="", note="", digits=2, reason=""):
        self.name, self.what, self.target, self.unit = name, what, target, unit
        self.spread, self.note, self.digits, self.reason = spread, note, digits, reason

    def figure(self):
        if not self.spread:
            return "not available"
        return f"{self.spread.median:,.{self.digits}f}{self.unit}"

    def range(self):
        if not self.spread or len(self.spread.values) < 2:
            return ""
        return f"{self.spread.min:,.{self.digits}f} .. {self.spread.max:,.{self.digits}f}"

    def beside(self):
        return self.note if self.spread else self.reason

    def as_json(self):
        row = {"name": self.name, "what": self.what, "target": self.target,
               "unit": self.unit.strip(), "note": self.beside()}
        if self.spread:
            row.update(median=self.spread.median, min=self.spread.min, max=self.spread.max,
                       values=self.spread.values)
        return row


def machine_line(about):
    return (f"interloper {about['interloper']}, perf {about['perf']}, Linux {about['kernel']} "
            f"{about['machine']}, {about['cpus']} CPUs ({about['cpu_model']}), "
            f"{about['rounds']} rounds, load average before {about['load_before']}")


def print_text(about, rows):
    print(machine_line(about) + "\n")
    cells = [("what", "median", "target", "min .. max", "")]
    cells += [(row.what, row.figure(), row.target, row.range(), row.beside()) for row in rows]
    width = [max(len(cell[i]) for cell in cells) for i in range(4)]
    for cell in cells:
        print(f"{cell[0]:{width[0]}}  {cell[1]:>{width[1]}}  {cell[2]:<{width[2]}}  "
              f"{cell[3]:<{width[3]}}  {cell[4]}".rstrip())


def print_markdown(about, rows):
    print(machine_line(about) + ".\n")
    print("| what | target | median | min .. max | beside |\n|---|---|---|---|---|")
    for row in rows:
        cells = (row.what, row.target, row.figure(), row.range(), row.beside())
        print("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
