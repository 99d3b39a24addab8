# SPDX-License-Identifier: GPL-2.0-only
"""What `interloper serve` answers: one connection to it, and the samples of a scrape."""

import http.client
import re

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class Server:
    """At PORT of loopback. Each answer is (status, headers, text)."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)

    def ask(self, path, accept=None, method="GET", body=None):
        headers = {"Accept": accept} if accept else {}
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def scrape(self):
        """The samples: (name, {label: value}, value), of Prometheus' text."""
        status, _, text = self.ask("/metrics")
        assert status == 200, text
        return [(found[1], dict(LABEL.findall(found[2] or "")), float(found[3]))
                for found in map(SAMPLE.match, text.splitlines()) if found]


def total(samples, name, **labels):
    """The sum of a family's samples that have these labels."""
    return sum(value for its_name, its_labels, value in samples
               if its_name == name and labels.items() <= its_labels.items())
