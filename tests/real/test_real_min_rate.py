#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""MinRate, in real seconds: what is slower over any half minute in which Pound
waits for it is cut, and nobody else."""

import threading
import time

from peers import *

RATE = 20  # bytes a second
WINDOW, SLOT = 30, 3  # seconds
LENGTH = "Content-Length: 1000000"
CHUNKS = "Transfer-Encoding: chunked"


def slow_reader(conn):
    """Takes the head, rests for longer than the window, and reads on."""
    conn.reader.head_bytes()
    time.sleep(WINDOW + 2 * SLOT + 2)
    try:
        while conn.reader.more():
            conn.reader.take(len(conn.reader.buffer))
    except OSError:
        pass


origin = Origin()
resting = Origin(script=slow_reader)


@once
def pound():
    return Pound("Client 10\nTimeOut 60\n" + listener(
        "MinRate %d" % RATE, service('URL "^/rest"', backend(resting)),
        service(backend(origin))) + "\n")


def drip(client, size, form, stop):
    """size bytes in each second, until the answer comes."""
    while not stop.is_set():
        data = b"x" * size
        try:
            client.send(b"%x\r\n%s\r\n" % (size, data) if form == CHUNKS else data)
        except OSError:
            return
        stop.wait(1)


def dripped(size, first, form, path="/up"):
    """(seconds until the answer, its status); None: there was none in time."""
    with Client(pound().port, timeout=2 * WINDOW) as client:
        client.send(build("POST", path, [form], None, "1.1"))
        if first:
            client.send(b"%x\r\n%s\r\n" % (first, b"x" * first) if form == CHUNKS
                        else b"x" * first)
        stop, begin = threading.Event(), time.monotonic()
        threading.Thread(target=drip, args=(client, size, form, stop), daemon=True).start()
        client.sock.settimeout(WINDOW + 4 * SLOT)
        try:
            status = client.answer().status
        except TimeoutError:
            status = None
        took = time.monotonic() - begin
        stop.set()
    return took, status


def slow(_, size, first, form, low, high):
    took, status = dripped(size, first, form)
    equal(status, 408)
    assert low - 1 <= took <= high + 5 * SLOW, "after %.1f s" % took


def fast_enough(_, size, first, form):
    """Nothing is said in one and a half windows."""
    equal(dripped(size, first, form)[1], None)


def held_up(_, *unused):
    """The client would be fast; it is the back-end that does not read."""
    with Client(pound().port, timeout=3 * WINDOW) as client:
        size = 30000000
        raw = build("POST", "/rest", ["Content-Length: %d" % size], None, "1.1") + b"x" * size
        begin = time.monotonic()
        client.send(raw)
        assert time.monotonic() - begin > WINDOW, "it has not been held up"
    until(lambda: not pound().since(0, "/rest.*MinRate"), "peace", 1)


CASES = [
    (slow, "a byte a second", 1, 0, LENGTH, WINDOW, WINDOW + SLOT),
    (slow, "a byte a second, in chunks", 1, 0, CHUNKS, WINDOW, WINDOW + SLOT),
    (slow, "a little too slow", RATE * 9 // 10 - 1, 0, LENGTH, WINDOW, WINDOW + SLOT),
    (slow, "a burst first", 1, 5000, LENGTH, WINDOW + SLOT, WINDOW + 2 * SLOT),
    (fast_enough, "fast enough", RATE * 2, 0, LENGTH),
    (fast_enough, "fast enough, in chunks", RATE * 2, 0, CHUNKS),
    (held_up, "held up by the back-end"),
]


def test_min_rate():
    pound()
    each([(case[1], case) for case in CASES], lambda _, case: case[0](*case[1:]), together=True)


def test_the_log_names_it():
    lines = pound().wait_log("e408 request body slower than MinRate")
    equal(len(lines), 4)
    for line in lines:
        assert line.endswith(": MinRate is %d bytes/s over 30 s" % RATE), line
    assert not [line for line in lines if "/rest" in line]


main(limit=110)
