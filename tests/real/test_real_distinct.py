#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""A million URLs, hosts, cookies and fields, each once: nothing of them is
remembered (sessions: test_real_sessions).  TEST_SECONDS scales."""

import socket
import threading
import time

from peers import *

COUNT = number("REAL_DISTINCT", int(1000000 * seconds(60) / 60))
AT_ONCE = 50
CLIENTS = 4

nginx = Nginx("server { listen 127.0.0.1:@port@; location / { return 200 ok; } }").start()
pound = Pound("LogLevel 0\n" + listener("RewriteLocation 1", service(backend(nginx, "KeepTime 1"))) + "\n")


def ask_for(numbers, failed):
    """Requests that have nothing in common, AT_ONCE of them in one write."""
    try:
        with socket.create_connection(("127.0.0.1", pound.port), 60) as sock:
            ask_on(sock, numbers)
    except (AssertionError, OSError) as error:
        failed.append(repr(error))


def ask_on(sock, numbers):
    for first in range(numbers.start, numbers.stop, AT_ONCE):
        sock.sendall(b"".join(
            b"GET /%d/x?%d HTTP/1.1\r\nHost: h%d.test\r\nCookie: id=%d\r\nX-%d: v\r\n\r\n"
            % (n, n, n, n, n) for n in range(first, first + AT_ONCE)))
        got = b""
        while got.count(b"HTTP/1.1 200 OK\r\n") < AT_ONCE or not got.endswith(b"\r\n\r\nok"):
            part = sock.recv(1 << 18)
            assert part, "closed by Pound"
            got += part


def ask_all(first, last):
    """The numbers from first to last, by several clients."""
    step, failed = (last - first) // CLIENTS // AT_ONCE * AT_ONCE, []
    threads = [threading.Thread(target=ask_for, args=(range(n, n + step), failed))
               for n in range(first, first + step * CLIENTS, step)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failed, [], "failures")


def settled(worker):
    """Memory when all connections have gone: the least of three looks, since the
    holes in a heap are elsewhere each time."""
    looks = []
    for _ in range(3):
        ask_all(0, CLIENTS * AT_ONCE)
        time.sleep(3)  # KeepTime; what the crowd needed is given back within a second
        looks.append(own_memory(worker))
    return min(looks)


def test_flat():
    worker = pound.worker_pid()
    begin = time.monotonic()
    ask_all(0, COUNT // 10)
    before = settled(worker)
    ask_all(COUNT // 10, COUNT)
    after = settled(worker)
    say("%d distinct requests in %.0f s", COUNT, elapsed(begin))
    equal(pound.worker_pid(), worker, "worker")
    assert_flat(before, after)


main(limit=280)
