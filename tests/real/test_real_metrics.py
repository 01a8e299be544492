#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counters as the OpenMetrics reader of Prometheus' own client reads them."""

import json
import subprocess

from peers import *
from lib import openmetrics
from lib.ctl import CONTROL, Ctl

PYTHON = python_with("prometheus_client")
READ = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
print(json.dumps([[f.name, f.type, [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in read(sys.stdin.read())]))
"""

session = block("Session", "Type URL", 'ID "k"', "TTL 300")
pound = Pound(CONTROL + SHORT + listener(
    service(backend(Origin()), session, name='odd \\ <name>'),
    service(block("Emergency", "Address 127.0.0.1", "Port 9"))))


def test_both_read_the_same():
    with Client(pound.port) as client:
        for turn in range(100):
            client.get("/?k=%d" % turn)
    ctl = Ctl(pound)
    until(lambda: ctl.json()["requests_now"] == 0, "the end of all requests")
    text_ = ctl.good("metrics")
    done = subprocess.run([PYTHON, "-c", READ], input=text_, stdout=subprocess.PIPE, text=True,
                          check=True)
    theirs = {name: (kind, samples) for name, kind, samples in json.loads(done.stdout)}
    ours = openmetrics.parse(text_)
    equal(sorted(theirs), sorted(ours))
    for name, (kind, samples) in theirs.items():
        equal(kind, ours[name].kind)
        equal([(s, l) for s, l, v in samples if v == v],
              [(name + s, l) for s, l, v in ours[name].samples if v == v])
        equal([v for s, l, v in samples if v == v],
              [v for s, l, v in ours[name].samples if v == v])
    equal(openmetrics.value(ours, "pound_service_requests", "_total", service="0"), 100)
    equal(openmetrics.value(ours, "pound_service_sessions", service="0"), 100)


main()
