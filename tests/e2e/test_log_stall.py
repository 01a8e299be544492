#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log reader that stops fails no request: A full ring drops and counts."""

import threading
import time

from harness import *

origin = Origin()


def load(port, end, done, failed):
    """Requests with long lines in the log, on one connection."""
    fields = ["User-Agent: " + "a" * 2000, "Referer: " + "r" * 2000]
    with Client(port) as client:
        while time.monotonic() < end:
            begin = time.monotonic()
            if client.get("/" + "u" * 2000, *fields).status != 200 or elapsed(begin) > 1 * SLOW:
                failed.append(elapsed(begin))
            done.append(1)


def test_reader_that_stops():
    pound = Pound(simple(origin, "LogLevel 5"))
    ask(pound.port, build("GET", "/first", [], None, "1.1"))
    pound.wait_log("/first")
    pound.reading.clear()
    done, failed = [], []
    end = time.monotonic() + min(seconds(3), 30)
    threads = [threading.Thread(target=load, args=(pound.port, end, done, failed))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) > 200, "only %d requests" % len(done)
    equal(failed, [])
    pound.reading.set()
    with Client(pound.port) as client:
        until(lambda: client.get("/again").status == 200 and pound.since(0, "/again"),
              "lines again after the stall", 10)
    origin.take()
    pound.stop()


def test_stop_while_stalled():
    """TERM ends it in time although nobody reads the log."""
    pound = Pound(simple(origin, "LogLevel 5"))
    pound.reading.clear()
    with Client(pound.port) as client:
        for _ in range(300):
            client.get("/" + "u" * 2000)
    begin = time.monotonic()
    pound.process.terminate()
    equal(pound.wait_exit(6), 0)
    assert elapsed(begin) < 4 * SLOW, elapsed(begin)
    pound.reading.set()
    origin.take()
    pound.stop()


main()
