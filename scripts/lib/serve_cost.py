# SPDX-License-Identifier: GPL-2.0-only
"""An exporter in the background, and what it costs."""
import re
import subprocess
import time
import urllib.request

IDLE_S = 60
SCRAPE_S = 15


class Exporter:
    """interloper serve on a free port of loopback, for the length of a with."""

    def __init__(self, interloper):
        self.process = subprocess.Popen([interloper, "serve", "--listen", "127.0.0.1:0"],
                                        stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        match = re.search(r"(http://\S+/metrics)", said)
        if not match:
            raise SystemExit(f"bench: interloper serve: {said.strip()}")
        self.url = match[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def cost_s(self):
        """A scrape, and the CPU time that it tells: the process's and the programs', in seconds."""
        with urllib.request.urlopen(self.url) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(
            r"^(?:process_cpu_seconds_total|interloper_kernel_cpu_seconds_total) (\S+)$", text,
            re.MULTILINE))


def idle_share(interloper):
    """Of a core, in percent, with a scrape each SCRAPE_S."""
    with Exporter(interloper) as exporter:
        before, began = exporter.cost_s(), time.monotonic()
        for _ in range(IDLE_S // SCRAPE_S):
            time.sleep(SCRAPE_S)
            after = exporter.cost_s()
        return 100 * (after - before) / (time.monotonic() - began)


def scrape_ms(printed):
    """Of tests/tools/whole_scrape: first, median, min, max."""
    found = dict(re.findall(r"(first|min|median|max) ([\d.]+) ms", printed))
    return [float(found[name]) for name in ("first", "median", "min", "max")]
