#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""A log reader that stops for 10 s under load fails no request."""

import time

from peers import *

STALL = 10

nginx = Nginx("""
	server {
		listen 127.0.0.1:@port@;
		root @folder@/www;
	}
""")
nginx.file("index.html", b"k" * 1024)
nginx.start()
pound = Pound("LogLevel 4\nTimeOut 5\nClient 5\n"
              + listener(service(backend(nginx))) + "\n")


def test_stalled_reader():
    load = wrk(pound.port, STALL + 2, connections=16, threads=1)
    time.sleep(1)
    pound.reading.clear()
    begin = time.monotonic()
    slowest = 0
    while elapsed(begin) < STALL:
        asked = time.monotonic()
        with Client(pound.port, timeout=3) as client:
            equal(client.get("/index.html").status, 200)
        slowest = max(slowest, elapsed(asked))
        time.sleep(0.2)
    pound.reading.set()
    report = wrk_report(load)
    say("%s; slowest of ours %.0f ms; %d lines were read", report, slowest * 1e3, len(pound.log))
    equal(report.failed, 0, "failed requests (%s)" % report)
    assert slowest < 0.5 * SLOW, "a request took %.2f s" % slowest


def test_lost_lines_are_told():
    mark = pound.mark()
    for _ in range(3):
        equal(ask(pound.port, text("GET / HTTP/1.1\nHost: h\n\n")).status, 200)
    pound.wait_log("GET / HTTP/1.1", mark)
    pound.wait_log("(?i)(lost|dropped|suppressed).*[1-9]|[1-9].*(lost|dropped|suppressed)",
                   timeout=30)


main(limit=110)
