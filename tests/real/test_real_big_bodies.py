#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""A body of 10 GB passes in each direction with the worker's memory flat."""

import subprocess
import threading
import time

from peers import *

BYTES = number("REAL_BYTES", "10g") // 8 * 8
MIB = 1 << 20
program = compile_c("pump")

held, port = hold_port()
server = Peer([program, "serve", str(port)], port, held).start()
pound = Pound("TimeOut 10\nClient 10\nLogLevel 0\n"
              + listener("xHTTP 1", service(backend(server))) + "\n")


class Watch(threading.Thread):
    """The most memory that the worker had."""

    def __init__(self):
        super().__init__(daemon=True)
        self.pid = pound.worker_pid()
        self.first = self.most = memory(self.pid)
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.1):
            self.most = max(self.most, memory(self.pid))

    def grown(self):
        self.over.set()
        self.join()
        return self.most - self.first


def pump(direction, size):
    done = subprocess.run([program, direction, str(pound.port), size],
                          stderr=subprocess.PIPE, text=True, timeout=350 * SLOW)
    assert done.returncode == 0, done.stderr


def passes(direction, count, chunked=""):
    size = "%d%s" % (count, chunked)
    pump(direction, "%d%s" % (16 * MIB, chunked))  # the worker has its buffers now
    watch = Watch()
    begin = time.monotonic()
    pump(direction, size)
    took = elapsed(begin)
    grown = watch.grown()
    say("%s %s: %.1f s, %.0f MB/s; worker %.2f MiB and %.2f more at most", direction, size,
        took, count / took / 1e6, watch.first / MIB, grown / MIB)
    assert grown < 2 * MIB * SLOW, "the worker grew by %.2f MiB" % (grown / MIB)


def test_down():
    passes("get", BYTES)


def test_up():
    passes("put", BYTES)


def test_chunked_down():
    passes("get", BYTES // 80 * 8, "c")


def test_chunked_up():
    passes("put", BYTES // 80 * 8, "c")


main(limit=380)
