#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker dies: serving again within 2 s, and the log says what died."""

import signal
import time

from peers import *
from lib.ctl import CONTROL, Ctl

origin = Origin()
pound = Pound(CONTROL + simple(origin), crash=True)


def served():
    try:
        with Client(pound.port, timeout=1) as client:
            return client.get().status == 200
    except (OSError, AssertionError):
        return False


def kill_worker(number):
    """Kill it; seconds until a request is served again."""
    assert served(), "not serving before the crash"
    mark = pound.mark()
    pid = pound.worker_pid()
    begin = time.monotonic()
    pound.send_signal(number, pid)
    until(lambda: not alive(pid), "death of the worker", 5)
    until(served, "service after the crash", 10)
    took = elapsed(begin)
    assert pound.worker_pid() != pid, "the dead worker serves"
    return took, pound.wait_log("MONITOR: worker exited", mark)


def check(number, name):
    took, lines = kill_worker(number)
    say("%s: serving again after %.3f s: %s", name, took, lines[0])
    assert took < 2 * SLOW, "%.2f s after %s" % (took, name)
    equal(len(lines), 1, "lines about one death")
    assert "%d" % number in lines[0] or name in lines[0], lines[0]


def test_segv():
    check(signal.SIGSEGV, "SEGV")


def test_again():
    """A worker that has just been started may die as well."""
    check(signal.SIGABRT, "ABRT")


def test_kill():
    time.sleep(5.2)  # the worker has lived long enough: no back-off
    check(signal.SIGKILL, "KILL")


def test_connection_in_hand_is_closed():
    """A client of the dead worker learns of it at once."""
    with Client(pound.port) as client:
        equal(client.get().status, 200)
        pound.send_signal(signal.SIGSEGV, pound.worker_pid())
        client.expect_close(timeout=2)
    until(served, "service after the crash", 10)


def test_poundctl_meanwhile():
    """It waits for two seconds; when the restart takes longer it says so."""
    ctl = Ctl(pound)
    time.sleep(5.2)  # no back-off
    kill_worker(signal.SIGKILL)
    pound.send_signal(signal.SIGKILL, pound.worker_pid())
    begin = time.monotonic()
    ctl.good("-l", 0)
    say("poundctl waited %.2f s for a worker", elapsed(begin))
    ctl.good("-L", 0)
    kill_worker(signal.SIGKILL)
    worker = pound.worker_pid()
    pound.send_signal(signal.SIGKILL, worker)  # the next one comes in 4 s
    until(lambda: not alive(worker), "death of the worker", 5)
    begin = time.monotonic()
    equal(ctl.refused("list"), "no worker (restarting)")
    assert 1.9 < elapsed(begin) < 3.9 * SLOW, elapsed(begin)
    pound.worker_pid(other_than=worker)
    ctl.good("-L", 0)


main()
