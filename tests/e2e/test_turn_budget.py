#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A turn has a budget: endless downloads stop nobody (design 1 rule 1)."""

import sys
import threading
import time

from harness import *

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
BLOCK = b"x" * (1 << 18)
sys.setswitchinterval(0.0002)  # our own threads shall not wait for one another


def answer(request):
    if request.target == "/endless":
        try:
            request.conn.sock.sendall(HEAD)
            while True:
                request.conn.sock.sendall(BLOCK)
        except OSError:
            return None
    return OK


def swallow(client, count):
    """Read and forget, as fast as it comes."""
    buffer = bytearray(1 << 18)
    try:
        while got := client.sock.recv_into(buffer):
            count[0] += got
    except OSError:
        pass


def measure(port):
    """How long small requests take now; without a budget it would be for ever."""
    times = []
    for _ in range(50):
        begin = time.monotonic()
        equal(ask(port, build("GET", "/small", [], None, "1.1")).body, b"ok")
        times.append(elapsed(begin))
    return sorted(times)


def test_small_requests_beside_endless_downloads():
    origin = Origin(answer)
    pound = Pound("LogLevel 0\nThreads 2\n" + simple(origin))
    downloads, count = [Client(pound.port) for _ in range(4)], [0]
    for client in downloads:
        client.request("/endless")
        threading.Thread(target=swallow, args=(client, count), daemon=True).start()
    until(lambda: count[0] > 50 << 20, "50 MiB of downloads", 20)
    direct, times = measure(origin.port), measure(pound.port)
    told = "median %.3f s, worst %.3f s; without Pound %.3f s, %.3f s" % (
        times[25], times[-1], direct[25], direct[-1])
    print("# " + told)
    # Milliseconds on a machine of its own, where nobody else wants the processors.
    assert times[25] < 0.25 * SLOW and times[-1] < 1 * SLOW, told
    passed = count[0]
    until(lambda: count[0] > passed + (10 << 20), "downloads going on", 10)
    for client in downloads:
        client.rst()
    until(lambda: not [c for c in origin.open_conns() if b"/endless" in c.received],
          "end of the downloads")
    pound.stop()


def test_small_requests_beside_a_long_pipeline():
    """A client that sends nothing but requests does not own its thread."""
    origin = Origin()
    pound = Pound("LogLevel 0\nThreads 1\n" + simple(origin))
    greedy = Client(pound.port)
    one = build("GET", "/greedy", [], None, "1.1")
    threading.Thread(target=greedy.send, args=(one * 20000,), daemon=True).start()
    threading.Thread(target=swallow, args=(greedy, [0]), daemon=True).start()
    until(lambda: len(origin.requests) > 100, "pipelined requests")
    for _ in range(10):
        begin = time.monotonic()
        equal(ask(pound.port, build("GET", "/small", [], None, "1.1")).body, b"ok")
        assert elapsed(begin) < 0.5 * SLOW, elapsed(begin)
    greedy.rst()
    pound.stop()


main()
