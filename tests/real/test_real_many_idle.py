#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""9,000 idle keep-alive clients, each after one request, with Threads 8."""

import statistics
import time

from peers import *

COUNT = number("REAL_CLIENTS", 9000)
MIB = 1 << 20

nginx = Nginx("""
	server {
		listen 127.0.0.1:@port@;
		root @folder@/www;
	}
""")
nginx.file("1k", b"k" * 1024)
nginx.start()
pound = Pound("Threads 8\nClient 600\nTimeOut 10\nLogLevel 0\n"
              + listener(service(backend(nginx))) + "\n")
clients = Role("idle", pound.port)
seen = {}


def tree():
    return pss_of_tree(pound.pid)


def warm_up(count):
    equal(clients.ask("open", count, timeout=120)[0], count, "good exchanges")
    equal(clients.ask("close")[0], count, "closed")


def settled():
    """Memory when it has not changed for a second."""
    old, now = -1, tree()
    while abs(now - old) > MIB // 16:
        time.sleep(1)
        old, now = now, tree()
    return now


def test_held():
    warm_up(100)
    seen["before"] = settled()
    equal(clients.ask("open", COUNT, timeout=200)[0], COUNT, "good first exchanges")
    seen["during"] = settled()
    each_one = (seen["during"] - seen["before"]) / COUNT
    say("%d idle clients: %.1f MiB before, %.1f MiB now, %.0f bytes each", COUNT,
        seen["before"] / MIB, seen["during"] / MIB, each_one)
    assert each_one < 4096 * SLOW ** 2, "%.0f bytes for an idle connection" % each_one


def answered_in():
    begin = time.monotonic()
    with Client(pound.port) as client:
        equal(client.get("/1k").status, 200)
    return elapsed(begin)


def test_one_more():
    times = [answered_in() for _ in range(9)]
    say("the next ones: first %.1f ms, median %.1f, worst %.1f", times[0] * 1e3,
        statistics.median(times) * 1e3, max(times) * 1e3)
    assert statistics.median(times) < 0.05 * SLOW, times


def test_all_can_go_on():
    equal(clients.ask("ask", timeout=200)[0], COUNT, "good second exchanges")


def test_memory_comes_back():
    equal(clients.ask("close")[0], COUNT, "closed")
    allowed = max(seen["before"] * 1.05, seen["before"] + MIB)
    if SLOW > 1:  # a sanitizer keeps what was freed
        allowed = seen["during"] * 1.05
    try:
        until(lambda: tree() <= allowed, "memory back", 20, 0.5)
    finally:
        say("%.2f MiB before, %.2f MiB after (%.2f allowed)", seen["before"] / MIB,
            tree() / MIB, allowed / MIB)


main(limit=280)
