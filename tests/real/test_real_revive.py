#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 200
"""Two back-ends die and come back in turn, 1.5 s each, under 64 clients: every
answer is right, or a clean 502 or 503, and nothing of it stays behind."""

import os
import signal
import threading
import time

from peers import *

CLIENTS, DEAD = 64, 1.5

nginxes = [Nginx("server { listen 127.0.0.1:@port@; location / { return 200 $request_uri; } }").start()
           for _ in range(2)]
pound = Pound("Alive 1\nTimeOut 5\nClient 10\nLogLevel 0\n"
              + listener(service(*[backend(n, "KeepTime 1") for n in nginxes])) + "\n")


class Asker(threading.Thread):
    """Asks for names of its own, on connections that it keeps."""

    def __init__(self, number, end):
        super().__init__(daemon=True)
        self.number, self.end, self.wrong, self.statuses = number, end, [], {}
        self.start()

    def run(self):
        client, count = None, 0
        while time.monotonic() < self.end:
            count += 1
            name = "/%d/%d" % (self.number, count)
            try:
                client = client or Client(pound.port)
                answer = client.get(name)
            except (AssertionError, OSError) as error:
                self.wrong.append("%s: %r" % (name, error))
                client = None
                continue
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            right = answer.status == 200 and answer.body == name.encode()
            if not right and answer.status not in (502, 503):
                self.wrong.append("%s: %d %r" % (name, answer.status, answer.body[:60]))
            if answer.get("Connection") == "close":
                client.close()
                client = None
            time.sleep(0.005)


def state(pid):
    fds = len(os.listdir("/proc/%d/fd" % pid))
    return fds, int(status(pid)["Threads"]), own_memory(pid)


def settled(pid):
    """Its state when all connections have gone, and what they needed."""
    time.sleep(3)  # KeepTime; memory is given back within a second
    until(lambda: state(pid)[0] < 40, "end of all connections", 20)
    return state(pid)


def load(end):
    askers = [Asker(n, end) for n in range(CLIENTS)]
    turn = 0
    while time.monotonic() < end - DEAD - 1:
        nginxes[turn % 2].kill(signal.SIGKILL)
        time.sleep(DEAD)
        nginxes[turn % 2].start()
        turn += 1
        time.sleep(DEAD)
    for asker in askers:
        asker.join(30 * SLOW)
        assert not asker.is_alive(), "a client hangs"
    return askers, turn


def test_kill_and_revive_in_turn():
    worker = pound.worker_pid()
    warm = [Asker(n, time.monotonic() + 1) for n in range(CLIENTS)]
    for asker in warm:
        asker.join(10 * SLOW)
    before = settled(worker)
    askers, turns = load(time.monotonic() + seconds(60))
    told = {}
    for asker in askers:
        for code, count in asker.statuses.items():
            told[code] = told.get(code, 0) + count
    wrong = [word for asker in askers for word in asker.wrong]
    say("%d deaths; statuses %r; %d wrong", turns, told, len(wrong))
    assert not wrong, "%d: %r" % (len(wrong), wrong[:3])
    assert told[200] > 100 * len(askers) / SLOW, told
    equal(pound.worker_pid(), worker, "worker")
    after = settled(worker)
    equal(after[:2], before[:2], "descriptors and threads")
    assert_flat(before[2], after[2], code=1 << 20)  # for all that fails


def test_both_are_used_again():
    until(lambda: all(ask(pound.port, build("GET", "/x", [], None, "1.1")).status == 200
                      for _ in range(20)), "good answers only", 10)


main(limit=180)
