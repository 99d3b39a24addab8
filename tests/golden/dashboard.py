# SPDX-License-Identifier: GPL-2.0-only
"""What dashboard.sh asks: dashboard.py TOP OUTPUT

OUTPUT becomes a file of rules with every expression of the dashboard and of docs/serve.md's questions, for
promtool to parse.
"""
import json
import os
import re
import sys

# What Grafana puts in, as any value would be.
VARIABLES = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h", "$job": "interloper",
             "$instance": ".+", "$cpu": ".+", "$task": ".+"}
# Prometheus' own.
OTHERS = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity", "cpu", "task", "class", "kind"}}
OF_ALL = {"job", "instance"}
SELECTOR = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{([^}]*)\}')
NAME = re.compile(r'\b(?:(?:interloper|process)_[a-z0-9_]+|[a-z0-9_]+(?::[a-z0-9_]+)+)')
GROUPING = re.compile(r'\b(?:by|without|on|ignoring) \(([^)]*)\)')


def check(good, what):
    if not good:
        sys.exit(what)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def documented(page):
    """Name of a family: its labels, of all tables that begin with a column "family"."""
    families, inside = {}, False
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if not cells:
            inside = False
        elif cells[0] == "family":
            check(cells[1] == "labels", f"docs/serve.md: no labels in {line}")
            inside = True
        elif inside and not cells[0].startswith("--"):
            for name in re.findall(r"`([^`]+)`", cells[0]):
                check(name not in families, f"docs/serve.md: {name} twice")
                families[name] = set(re.findall(r"`([^`]+)`", cells[1]))
    check(families, "docs/serve.md: no families")
    return families


def questions(page):
    section = page.partition("\n## Questions\n")[2].partition("\n## ")[0]
    return [line.strip() for line in section.splitlines() if line.startswith("    ") and line.strip()[0] != "#"]


def rule_expressions(text):
    """One line each, as they stand, or folded ones below "expr: >"."""
    for whole, folded in re.findall(r"^ +expr: (?!>)(.*)$|^ +expr: >\n((?: {10}.*\n)+)", text, re.M):
        yield whole or folded


def tested_series(text):
    return re.findall(r"^ +- (?:series|expr|labels): (.*)$", text, re.M)


def all_panels(panels):
    for panel in panels:
        yield panel
        yield from all_panels(panel.get("panels", []))


def check_layout(panels):
    """Ids are unique, and no two panels cover each other."""
    ids = [panel["id"] for panel in panels]
    check(len(ids) == len(set(ids)), "dashboard: an id twice")
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        check(at["x"] >= 0 and at["w"] > 0 and at["x"] + at["w"] <= 24, f"panel {panel['id']}: beyond the grid")
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                check((x, y) not in taken, f"panel {panel['id']}: over panel {taken.get((x, y))}")
                taken[x, y] = panel["id"]


def check_sources(dashboard, panels):
    source = {"type": "prometheus", "uid": "${datasource}"}
    check(dashboard.get("id") is None, "dashboard: an id of its own: it could overwrite another")
    for panel in panels:
        check(panel.get("title"), f"panel {panel['id']}: no title")
        if panel["type"] == "row":
            continue
        check(panel["targets"], f"panel {panel['id']}: shows nothing")
        for holder in (panel, *panel["targets"]):
            check(holder["datasource"] == source, f"panel {panel['id']}: another source: {holder['datasource']}")
        refs = [target["refId"] for target in panel["targets"]]
        check(len(refs) == len(set(refs)), f"panel {panel['id']}: a refId twice")


def variables(dashboard):
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def expressions(dashboard, panels, page):
    """(where, expression), variables as Grafana would put them in."""
    found = [(f"panel {panel['id']}", target["expr"]) for panel in panels for target in panel.get("targets", [])]
    found += [("annotation", entry["expr"]) for entry in dashboard["annotations"]["list"]]
    found += [("question", line) for line in questions(page)]
    known = {f"${name}" for name in variables(dashboard)} | {name for name in VARIABLES if name[:3] == "$__"}
    for where, text in found:
        for name in re.findall(r"\$\w+", text):
            check(name in known, f"{where}: no variable {name}")
        for name in sorted(VARIABLES, key=len, reverse=True):
            text = text.replace(name, VARIABLES[name])
        check("$" not in text, f"{where}: {text}: not all was put in")
        yield where, text


def labels_of(name, families, recorded):
    """What a metric of this name has; None: there is none."""
    if name in OTHERS:
        return OTHERS[name]
    if name in recorded:
        return {"cpu", "class", "kind", "le", "task"} & set(re.split("[_:]", name.partition(":interloper")[0]))
    if name in families and not is_histogram(name):
        return families[name]
    for suffix in ("_bucket", "_sum", "_count"):
        family = name.removesuffix(suffix)
        if family != name and family in families and is_histogram(family):
            return families[family] | ({"le"} if suffix == "_bucket" else set())
    return None


def is_histogram(family):
    return bool(re.fullmatch(r"interloper_(task|cpu)_(run|delay)_seconds", family))


def check_golden(top, families):
    """What serve's goldens have is in the page; the page has nothing that no family is of."""
    text = read(f"{top}/tests/golden/metrics-serve.prom")
    told = {}
    for name, inside in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        family = re.sub("_(bucket|sum|count)$", "", name)
        family = family if is_histogram(family) else name
        told.setdefault(family, set()).update(re.findall(r'(\w+)="', inside))
    ksm = {name for name in told.keys() | families.keys() if name.startswith("interloper_ksm_")}
    check(told.keys() - ksm == families.keys() - ksm,
          f"docs/serve.md and serve differ: {sorted((told.keys() ^ families.keys()) - ksm)}")
    for family, labels in told.items():
        more = labels - families.get(family, set()) - {"le"}
        check(not more, f"docs/serve.md: {family} has labels {more}")


def check_names(where, text, families, recorded):
    for name in NAME.findall(re.sub(r'"[^"]*"', '""', text)):
        check(labels_of(name, families, recorded) is not None, f"{where}: {name} is not in docs/serve.md")
    for name, inside in SELECTOR.findall(text):
        labels = labels_of(name, families, recorded)
        check(labels is not None, f"{where}: {name} is not in docs/serve.md")
        for label in re.findall(r'(\w+)\s*[=!]~?\s*"', inside):
            check(label in labels | OF_ALL, f"{where}: {name} has no label {label}")
    known = OF_ALL | {"le"}.union(*families.values(), *OTHERS.values())
    for inside in GROUPING.findall(text):
        for label in re.split(r",\s*", inside):
            check(label in known, f"{where}: nothing has a label {label}")


def main():
    top, output = sys.argv[1:]
    page = read(f"{top}/docs/serve.md")
    rules = read(f"{top}/contrib/prometheus/interloper.rules.yml")
    dashboard = json.loads(read(f"{top}/contrib/grafana/interloper.json"))
    panels = list(all_panels(dashboard["panels"]))
    families = documented(page)
    recorded = set(re.findall(r"- record: (\S+)", rules))

    # Its absence is for metrics.sh to tell.
    if os.path.exists(f"{top}/tests/golden/metrics-serve.prom"):
        check_golden(top, families)
    check_layout(panels)
    check_sources(dashboard, panels)
    check({"datasource", "job", "instance", "cpu", "task"} <= variables(dashboard).keys(), "dashboard: lacks a variable")
    for name, variable in variables(dashboard).items():
        if variable["type"] == "query":
            text = variable["query"]["query"].replace("$job", "").replace("$instance", "")
            check_names(f"variable {name}", text, families, recorded)
    ours = list(rule_expressions(rules))
    check(len(ours) == rules.count(" expr:"), "rules: an expression was not found")
    for text in ours:
        check_names(f"rule {text.strip()}", text, families, recorded)
    for text in tested_series(read(f"{top}/contrib/prometheus/interloper.test.yml")):
        check_names(f"rules' test: {text}", text, families, recorded)
    # JSON strings are YAML too.
    with open(output, "w", encoding="utf-8") as file:
        file.write("groups:\n- name: expressions\n  rules:\n")
        count = 0
        for where, text in expressions(dashboard, panels, page):
            check_names(where, text, families, recorded)
            file.write(f"  - record: expression:{count}\n    expr: {json.dumps(text)}\n")
            count += 1
    print(f"{count} expressions, {len(families)} families")


main()
