#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""The worker is killed 20 times under load, 6 s apart: serving again within 2 s each
time; each fourth time a reload is going on (issue 8)."""

import signal
import threading
import time

from peers import *
from lib.ctl import CONTROL, Ctl

KILLS = max(3, int(seconds(120) / 6))
APART = 6
USERS = 24

origin = Origin()
pound = Pound(CONTROL + "LogLevel 0\n" + simple(origin), crash=True)
ctl = Ctl(pound)
end = threading.Event()
times = []  # of each answer, in order
lock = threading.Lock()


def user():
    """Asks all the time, and does not mind a connection that breaks."""
    while not end.is_set():
        try:
            with Client(pound.port, timeout=3) as client:
                for _ in range(20):
                    if client.get().status == 200:
                        with lock:
                            times.append(time.monotonic())
                    time.sleep(0.03)
        except (OSError, AssertionError, Truncated, Malformed):
            time.sleep(0.005)


def kill(during_reload):
    """Seconds from the death to the first answer of another worker."""
    worker = pound.worker_pid()
    reloading = None
    if during_reload:
        reloading = threading.Thread(target=ctl, args=("reload",))
        reloading.start()
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(worker), "end of the worker", 5)
    begin = time.monotonic()
    until(lambda: times and times[-1] > begin, "service after the crash", 10)
    with lock:
        first = next(at for at in times if at > begin)
    if reloading:
        reloading.join(20)
    assert pound.worker_pid() != worker
    return first - begin


def test_twenty_deaths():
    users = [threading.Thread(target=user, daemon=True) for _ in range(USERS)]
    for one in users:
        one.start()
    until(lambda: len(times) > 100, "load", 10)
    time.sleep(5.2)  # a worker that has lived: no back-off
    took = []
    begin = time.monotonic()
    for number in range(KILLS):
        took.append(kill(number % 4 == 3))
        time.sleep(max(0, begin + APART * (number + 1) - time.monotonic()))
    served = len(times)
    end.set()
    for one in users:
        one.join(5)
    say("%d deaths, %d answers; again after %.3f s at most: %s", KILLS, served, max(took),
        " ".join("%.3f" % t for t in took))
    assert max(took) < 2 * SLOW, took
    until(lambda: len(pound.workers()) == 1, "one worker", 10)
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)


main(limit=280)
