#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""9,000 silent WebSockets beside 32 busy ones, with Threads 8."""

import select
import subprocess
import time

from peers import *

COUNT = number("REAL_TUNNELS", 9000)
BUSY = 32
MIB = 1 << 20
LASTS = int(seconds(60))

program = compile_c("tunnels")
held, port = hold_port()
server = Peer([program, "serve", str(port)], port, held).start()
CONFIG = ("Threads 8\nClient 30\nTimeOut 10\nWSTimeOut 600\nLogLevel 1\nLogFacility -\n"
          + listener(service(backend(server))) + "\n")
pound = Pound(CONFIG, mode="-F")
empty = Pound(CONFIG, mode="-F")  # has only busy ones
seen = {}


class Holder(Peer):
    """The client's side: a command, and the number that it tells."""

    def __init__(self, front):
        super().__init__([program, "hold", str(front.port)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.start()

    def ask(self, command, timeout):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], timeout * SLOW)
        line = self.process.stdout.readline() if ready else b""
        assert line, "no answer to %s within %g s" % (command, timeout * SLOW)
        return int(line)


silent, busy, alone = Holder(pound), Holder(pound), Holder(empty)


def settled():
    """Memory when it has not changed for a second."""
    old, now = -1, pss_of_tree(pound.pid)
    while abs(now - old) > MIB // 16:
        time.sleep(1)
        old, now = now, pss_of_tree(pound.pid)
    return now


def speed(holder, length):
    return holder.ask("talk %d %d" % (BUSY, length), length + 30) / length


def test_warm_up():
    """What the first crowd leaves behind is not counted: full log rings, kept buffers."""
    crowd = Holder(pound)
    equal(crowd.ask("open 1000", 60), 1000, "opened")
    crowd.kill()
    until(lambda: len(pound.out) >= 1000, "a line for each", 30, 0.1)
    speed(busy, 1)
    speed(alone, 1)
    seen["lines"] = len(pound.quiet().out)


def test_held():
    equal(silent.ask("open 100", 60), 100, "opened")
    seen["before"] = settled()
    begin = time.monotonic()
    equal(silent.ask("open %d" % (COUNT - 100), 120), COUNT - 100, "opened")
    say("%d more were opened in %.1f s", COUNT - 100, elapsed(begin))
    each_one = (settled() - seen["before"]) / (COUNT - 100)
    say("%.1f MiB before, %.1f MiB now: %.0f bytes for a silent one", seen["before"] / MIB,
        pss_of_tree(pound.pid) / MIB, each_one)
    assert each_one < 2048 * SLOW ** 3, "%.0f bytes for a silent one" % each_one


def test_beside_busy_ones():
    """For a minute (TEST_SECONDS); the busy ones at 0.7 of their speed at least.

    In turns with those of a Pound that has no silent ones: whatever else the machine does
    meets both."""
    ratios = []
    end = time.monotonic() + LASTS
    while time.monotonic() < end or len(ratios) < 3:
        there, here = speed(alone, 1), speed(busy, 1)
        ratios.append(here / there)
    ratios.sort()
    ratio = ratios[len(ratios) // 2]
    say("%d busy ones beside %d silent ones: %.2f of their speed without them (%.2f to %.2f; "
        "last %.0f KiB/s each way)", BUSY, COUNT, ratio, ratios[0], ratios[-1], here)
    assert ratio >= 0.7, "%.2f" % ratio


def test_all_alive():
    equal(silent.ask("alive", 60), COUNT, "alive")
    equal(silent.ask("ask", 120), COUNT, "that answer")
    equal(silent.ask("alive", 60), COUNT, "alive")


def test_threads():
    """None was made for a tunnel: at most eight of the pool, and four others."""
    threads = int(status(pound.worker_pid())["Threads"])
    assert threads <= 12, "%d threads" % threads


def test_given_back():
    """All go at once; each has its line, and memory comes back."""
    silent.kill()
    until(lambda: len([l for l in pound.out if " 101 " in l]) >= seen["lines"] + COUNT,
          "a line for each", 60, 0.2)
    allowed = seen["before"] * 1.05 + 2 * MIB  # tables that have grown
    try:
        until(lambda: SLOW > 1 or pss_of_tree(pound.pid) <= allowed, "memory back", 20, 0.5)
    finally:
        say("%.1f MiB before, %.1f MiB after (%.1f allowed)", seen["before"] / MIB,
            pss_of_tree(pound.pid) / MIB, allowed / MIB)
    with Client(pound.port) as client:
        client.request()
        equal(client.reader.head_bytes()[:12], b"HTTP/1.1 502")


main(limit=380)
