#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""poundctl reload: waits for the end, prints every mistake (A.6 14, A.7)."""

import os
import signal
import subprocess
import threading

from harness import *
from lib.ctl import CONTROL, Ctl, poundctl, program

origin = Origin()


def config(name, glob=CONTROL):
    """One that can be told from others by a field that it adds."""
    return simple(origin, glob, "AddHeader \"X-Config: %s\"" % name)


def served_by(pound):
    origin.take()
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    return origin.one().get("X-Config")


def test_done_when_it_returns():
    """The next request, and the next poundctl, find the new worker."""
    pound = Pound(config("0"))
    ctl = Ctl(pound)
    for number in range(1, 8):
        before = ctl.json()["worker_pid"]
        pound.rewrite(config(str(number)))
        equal(ctl.good("reload"), "")
        equal(served_by(pound), str(number))
        assert ctl.json()["worker_pid"] != before
    equal(ctl.json()["pid"], pound.pid)
    pound.stop()


def test_every_mistake():
    """With its place; the exit status is 1 and nothing has changed."""
    pound = Pound(config("a"))
    ctl = Ctl(pound)
    before = ctl.json()["worker_pid"]
    pound.rewrite("".join("Nonsense%d 1\n" % i for i in range(300)) + config("b"))
    words = ctl.refused("reload").split("\n")
    equal(words[0], "reload refused:")
    for i in range(300):
        want = "%s line %d: " % (pound.config, i + 1)
        assert any(line.startswith(want) and "(column 1" in line for line in words), want
    equal((served_by(pound), ctl.json()["worker_pid"]), ("a", before))
    busy = Origin()
    pound.rewrite(config("b") + listener(service(backend(origin)), port="x").replace(
        "@x@", str(busy.port)) + "\n")
    assert "cannot listen on 127.0.0.1:%d" % busy.port in ctl.refused("reload")
    equal((served_by(pound), ctl.json()["worker_pid"]), ("a", before))
    pound.rewrite(config("c"))
    ctl.good("reload")
    equal(served_by(pound), "c")
    pound.stop()


def test_the_socket_may_move():
    """Who asked on the old one is answered there; its file goes."""
    pound = Pound(config("a"))
    pound.rewrite(config("b", 'Control "@folder@/other" 0640\n'))
    Ctl(pound).good("reload")
    until(lambda: not os.path.exists(Ctl(pound).path), "end of the old socket")
    other = os.path.join(pound.folder, "other")
    equal(os.stat(other).st_mode & 0o777, 0o640)
    equal(poundctl("-c", other, "list")[0], 0)
    pound.rewrite(config("c", 'Control "@folder@/other" 0600\n'))
    equal(poundctl("-c", other, "reload"), (0, "", ""))
    equal(os.stat(other).st_mode & 0o777, 0o600)
    pound.rewrite(config("d", ""))
    equal(poundctl("-c", other, "reload"), (0, "", ""))
    until(lambda: not os.path.exists(other), "end of the old socket")
    equal(served_by(pound), "d")
    pound.reload(config("e"))
    equal(Ctl(pound).good("list") != "", True)
    pound.stop()
    assert not os.path.exists(Ctl(pound).path)


def test_a_refused_move_leaves_no_socket():
    pound = Pound(config("a"))
    pound.rewrite('RootJail "/nonexistent"\n' + config("b", 'Control "@folder@/other"\n'))
    if os.getuid() == 0:
        assert "/nonexistent" in Ctl(pound).refused("reload")
    assert not os.path.exists(os.path.join(pound.folder, "other"))
    Ctl(pound).good("list")
    pound.stop()


def test_many_at_once():
    """Each is told of a reload that began after he asked."""
    pound = Pound(config("a"))
    ctl = Ctl(pound)
    results = []

    def work():
        results.append(ctl("reload"))
    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    equal(results, [(0, "", "")] * 12)
    assert 1 <= len(pound.since(0, "reload: done")) <= 12
    pound.stop()


def test_a_stranger_who_leaves():
    """Nobody waits for who has gone."""
    pound = Pound(config("a"))
    os.kill(pound.pid, signal.SIGSTOP)
    asking = subprocess.Popen([program(), "-c", Ctl(pound).path, "reload"])
    asking.kill()
    asking.wait()
    os.kill(pound.pid, signal.SIGCONT)
    Ctl(pound).good("reload")
    pound.stop()


main()
