# SPDX-License-Identifier: GPL-2.0-only
"""What metrics.sh asks: metrics.py text|scrape FOLDER KIND...

FOLDER has KIND.openmetrics and KIND.prom of one trace (the latter with fewer groups of tasks), KIND.json
(interloper hist --json); metrics-demo.openmetrics and .prom; and serve.openmetrics and .prom, what `serve` tells.
"""
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

FORMS = {
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "prom": "text/plain; version=0.0.4; charset=utf-8",
}
WAIT_SECONDS = 20
# A bucket is at most this much wider than its lower bound (docs/metrics.md): value and estimate are in one.
ERROR = 0.2106
SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')


def check(good, what):
    if not good:
        sys.exit(what)


def samples(path):
    """(name, labels, value as text) of each line; anything that is no sample ends the test."""
    with open(path, encoding="utf-8", newline="\n") as file:
        for line in file:
            if line.startswith("# "):
                continue
            match = SAMPLE.match(line.rstrip("\n"))
            check(match, f"{path}: no sample: {line!r}")
            name, text, value = match.groups()
            labels, at = {}, 0
            while text and at < len(text):
                label = LABEL.match(text, at)
                check(label, f"{path}: no label: {line!r}")
                check(label[1] not in labels, f"{path}: a label twice: {line!r}")
                labels[label[1]] = label[2]
                at = label.end()
            yield name, labels, value


def nanoseconds(seconds):
    """Exact: a sum of 18 digits is beyond a float."""
    whole, _, rest = seconds.partition(".")
    return int(whole) * 10**9 + int((rest + "000000000")[:9])


def check_histograms(path):
    """Counts rise with the bound, +Inf is the count; gives the total of each kind of duration."""
    buckets, counts, totals = {}, {}, {}
    for name, labels, value in samples(path):
        family, _, part = name.rpartition("_")
        bound = labels.pop("le", None)
        key = (family, tuple(labels.items()))
        kind = {"interloper_run_seconds": "run"}.get(family, labels.get("kind", "") + "_delay")
        if part == "bucket":
            buckets.setdefault(key, []).append((float(bound), int(value)))
        elif part == "count":
            counts[key] = int(value)
            totals.setdefault(kind, [0, 0])[0] += int(value)
        elif part == "sum":
            totals.setdefault(kind, [0, 0])[1] += nanoseconds(value)
    check(buckets and buckets.keys() == counts.keys(), f"{path}: histograms without counts")
    bounds = {}
    for key, series in buckets.items():
        of_series = [bound for bound, _ in series]
        check(bounds.setdefault(key[0], of_series) == of_series, f"{path}: {key[0]}: bounds differ")
        check(of_series == sorted(set(of_series)), f"{path}: {key[0]}: bounds do not rise")
        values = [count for _, count in series]
        check(values == sorted(values), f"{path}: {key}: counts fall")
        check(series[-1] == (float("inf"), counts[key]), f"{path}: {key}: +Inf is not the count")
    return totals


def check_serve(folder):
    """Both forms tell the same, nothing twice."""
    told = []
    for form in FORMS:
        path = f"{folder}/serve.{form}"
        check_histograms(path)
        seen = [(name, tuple(labels.items()), value) for name, labels, value in samples(path)
                if not name.endswith("_created")]
        check(len(seen) == len({sample[:2] for sample in seen}), f"{path}: a sample twice")
        told.append(seen)
    check(told[0] == told[1], "serve: the forms differ")


def durations(folder, kind):
    with open(f"{folder}/{kind}.json", encoding="utf-8") as file:
        row, = json.load(file)["distributions"]
    return {name: row[name] for name in ("run", "wake_delay", "preempt_delay") if row[name]["count"]}


def check_text(folder, kinds):
    for kind in kinds:
        whole = {name: [d["count"], d["total_ns"]] for name, d in durations(folder, kind).items()}
        groups = set()
        for form in FORMS:
            path = f"{folder}/{kind}.{form}"
            totals = check_histograms(path)
            check(totals == whole, f"{path}: {totals} is not the whole, {whole}")
            seen = [(name, tuple(labels.items())) for name, labels, _ in samples(path)]
            check(len(seen) == len(set(seen)), f"{path}: a sample twice")
            groups.add(frozenset(labels["task"] for _, labels, _ in samples(path) if "task" in labels))
        check(all(groups), f"{kind}: no tasks")
    check_serve(folder)
    for form in FORMS:
        cakes = [labels["who"] for name, labels, _ in samples(f"{folder}/metrics-demo.{form}")
                 if name == "demo_cakes_total"]
        check(cakes == ["12", '\\\\\\"\\n'], f"{form}: escaped as {cakes}")


def check_with_reference(folder, kinds):
    """The reference parser is stricter than Prometheus."""
    from prometheus_client.openmetrics import parser
    for name in (*kinds, "metrics-demo", "serve"):
        with open(f"{folder}/{name}.openmetrics", encoding="utf-8", newline="\n") as file:
            check(list(parser.text_fd_to_metric_families(file)), f"{name}: no families")


class Files(http.server.SimpleHTTPRequestHandler):
    """The folder's files, each with its form's type."""

    extensions_map = {"." + form: content_type for form, content_type in FORMS.items()}

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_config(folder, names, port):
    lines = ["global: {scrape_interval: 1s, scrape_timeout: 1s}", "scrape_configs:"]
    for name in names:
        lines += [f"- job_name: '{name}'", f"  metrics_path: '/{name}'", "  static_configs:",
                  f"  - targets: ['127.0.0.1:{port}']"]
    with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]["result"]


def wait_for_scrapes(port, names, prometheus, log):
    end = time.monotonic() + WAIT_SECONDS
    up = {}
    while time.monotonic() < end:
        check(prometheus.poll() is None, f"prometheus ended: {open(log, encoding='utf-8').read()}")
        try:
            up = {row["metric"]["job"]: row["value"][1] for row in query(port, "up")}
        except OSError:
            pass
        if up == dict.fromkeys(names, "1"):
            return
        time.sleep(0.2)
    sys.exit(f"not all was scraped in {WAIT_SECONDS} s: {up}; {open(log, encoding='utf-8').read()}")


def one(port, expression):
    rows = query(port, expression)
    check(len(rows) == 1, f"{expression}: {len(rows)} rows, not one")
    return float(rows[0]["value"][1])


def check_percentiles(port, folder, kind, form):
    of = {"run": ("run", ""), "wake_delay": ("delay", ',kind="wake"'),
          "preempt_delay": ("delay", ',kind="preempt"')}
    for name, ours in durations(folder, kind).items():
        family, filters = of[name]
        of_job = f'{{job="{kind}.{form}"{filters}}}'
        check(one(port, f"sum(interloper_{family}_seconds_count{of_job})") == ours["count"],
              f"{kind}.{form}: {name}: another count")
        for q, field in (("0.5", "p50_ns"), ("0.9", "p90_ns"), ("0.99", "p99_ns")):
            expression = f"histogram_quantile({q}, sum by (le) (interloper_{family}_seconds_bucket{of_job}))"
            theirs = one(port, expression) * 1e9
            off = abs(theirs - ours[field])
            check(off <= ERROR * min(theirs, ours[field]) + 2,
                  f"{kind}.{form}: {name}: {field} {ours[field]}, Prometheus {theirs}")
            print(f"{kind}.{form}: {name} {field} {ours[field]}, Prometheus {theirs:.0f} "
                  f"({100 * (theirs / ours[field] - 1):+.1f} %)")


def check_scrapes(port, folder, kinds):
    for form in FORMS:
        who = {row["metric"]["who"] for row in query(port, f'demo_cakes_total{{job="metrics-demo.{form}"}}')}
        check(who == {"12", '\\"\n'}, f"{form}: names read as {who}")
        for kind in kinds:
            check_percentiles(port, folder, kind, form)


def scrape(folder, kinds):
    names = [f"{name}.{form}" for name in (*kinds, "metrics-demo") for form in FORMS]
    log = f"{folder}/prometheus.log"
    handler = lambda *args: Files(*args, directory=folder)  # noqa: E731
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    write_config(folder, names, server.server_address[1])
    port = free_port()
    with open(log, "w", encoding="utf-8") as output:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
            stdout=output, stderr=output, cwd=folder, env={**os.environ, "GOMAXPROCS": "1"})
    try:
        wait_for_scrapes(port, names, prometheus, log)
        check_scrapes(port, folder, kinds)
    finally:
        prometheus.terminate()
        try:
            prometheus.wait(10)
        except subprocess.TimeoutExpired:
            prometheus.kill()
            prometheus.wait()
        server.shutdown()


def main():
    what, folder, *kinds = sys.argv[1:]
    {"text": check_text, "reference": check_with_reference, "scrape": scrape}[what](folder, kinds)


main()
