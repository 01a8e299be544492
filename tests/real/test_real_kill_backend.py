#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""Kill one of three back-ends under wrk -c 64."""

import signal
import time

from peers import *

ALIVE = 2

nginxes = [Nginx("""
	server {
		listen 127.0.0.1:@port@;
		location / { return 200 "server %d"; }
	}
""" % n).start() for n in range(3)]
pound = Pound("Alive %d\nTimeOut 5\nClient 10\nLogLevel 0\n" % ALIVE
              + listener(service(*[backend(n) for n in nginxes])) + "\n")


def names(count):
    """Who answers count requests."""
    found = set()
    with Client(pound.port) as client:
        for _ in range(count):
            answer = client.get()
            equal(answer.status, 200)
            found.add(answer.body.decode())
    return found


def test_all_three_are_used():
    equal(sorted(names(60)), ["server 0", "server 1", "server 2"])


def test_kill_under_load():
    mark = pound.mark()
    load = wrk(pound.port, 4)
    time.sleep(1.5)
    nginxes[1].kill(signal.SIGKILL)
    time.sleep(0.5)
    later = wrk_report(wrk(pound.port, 1))
    report = wrk_report(load)
    say("over the kill: %s", report)
    say("0.5 s after it: %s", later)
    assert report.failed <= 64, "more failed than had begun: %s" % report
    # A dying server still accepts for a moment. What was sent to it on such a
    # new connection is not sent again (A.2 24): 502, and a line that says so.
    told = pound.since(mark, r" e502 back-end (reset|closed)")
    equal(len(told), report.bad_status, "answers that are not the back-end's, explained")
    equal(later.failed, 0, "failures 0.5 s after the kill")
    equal(len(pound.wait_log("dead", mark)), 1, "lines about one death")


def test_not_used_while_dead():
    equal(sorted(names(60)), ["server 0", "server 2"])


def test_used_again():
    mark = pound.mark()
    load = wrk(pound.port, ALIVE + 3, connections=8, threads=1)
    begin = time.monotonic()
    nginxes[1].start()
    up = elapsed(begin)
    until(lambda: "server 1" in names(20), "server 1 again", 20)
    took = elapsed(begin)
    report = wrk_report(load)
    say("used again after %.2f s (it needed %.2f s to come up): %s", took, up, report)
    assert took < up + ALIVE + 1 * SLOW, "used again after %.2f s" % took
    equal(report.failed, 0, "failures while it came back")
    equal(len(pound.wait_log("resurrect", mark)), 1, "lines about one return")


main()
