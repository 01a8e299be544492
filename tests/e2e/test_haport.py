#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAport: only its connects decide whether a back-end is alive (A.3 6, 7)."""

import os
import socket
import time

from harness import *


class Knock:
    """Something that listens, says nothing, and can be taken away and back."""

    def __init__(self, host="127.0.0.1", path=None):
        if path:
            self.family, self.where = socket.AF_UNIX, path
        else:
            self.held, port = hold_port(host)
            self.family, self.where = self.held.family, (host, port)
        self.sock = None

    @property
    def port(self):
        return self.where[1]

    def open(self):
        self.sock = socket.socket(self.family)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(self.where)
        self.sock.listen(64)
        return self

    def close(self):
        self.sock.close()
        if self.family == socket.AF_UNIX:
            os.unlink(self.where)


def front(*backends):
    return Pound(SHORT + listener(service(*backends)) + "\n")


def answers(pound):
    return ask(pound.port, build("GET", "/", [], None, "1.1")).status


def follow(pound, knock):
    """The back-end dies and lives with its HAport, within Alive + 1 s."""
    equal(answers(pound), 200)
    mark = pound.mark()
    knock.close()
    begin = time.monotonic()
    pound.wait_log(r"BackEnd \S+ is dead \(HA\)", mark)
    assert elapsed(begin) < 2.2 * SLOW, elapsed(begin)
    equal(answers(pound), 503)
    knock.open()
    begin = time.monotonic()
    pound.wait_log(r"BackEnd \S+ resurrect", mark)
    assert elapsed(begin) < 2.2 * SLOW, elapsed(begin)
    equal(answers(pound), 200)
    equal(len(pound.since(mark, "BackEnd")), 2)
    pound.stop()


def test_port():
    knock = Knock().open()
    follow(front(backend(Origin(), "HAport %d" % knock.port)), knock)


def test_address_and_port():
    knock = Knock("127.0.0.2").open()
    follow(front(backend(Origin(), "HAport 127.0.0.2 %d" % knock.port)), knock)


def test_ipv6():
    knock = Knock("::1").open()
    follow(front(backend(Origin(), "HAport ::1 %d" % knock.port)), knock)


def test_unix_path():
    origin = Origin()
    pound = Pound(SHORT + listener(service(backend(origin, "HAport @folder@/knock"))) + "\n",
                  wait=None)
    knock = Knock(path=os.path.join(pound.folder, "knock")).open()
    pound.start()
    follow(pound, knock)


def test_checked_at_the_start():
    knock = Knock()
    pound = Pound(SHORT.replace("Alive 1", "Alive 60") + listener(service(
        backend(Origin(), "HAport %d" % knock.port))) + "\n")
    pound.wait_log(r"is dead \(HA\)", timeout=3)
    equal(answers(pound), 503)
    pound.stop()


def test_failed_connect_does_not_kill():
    """The service is down, its HAport is not: alive, and used when it is back."""
    knock = Knock().open()
    service_port = Knock()
    origin = Origin()
    pound = Pound(SHORT + listener(service(
        block("BackEnd", "Address 127.0.0.1", "Port %d" % service_port.port,
              "HAport %d" % knock.port))) + "\n")
    for _ in range(3):
        equal(answers(pound), 503)
    equal(pound.since(0, r"BackEnd \S+ (dead|is dead)"), [])
    origin.close()
    pound.stop()


def test_live_service_with_dead_haport():
    """Its own port answers; that does not bring it back."""
    knock = Knock()
    origin = Origin()
    pound = front(backend(origin, "HAport %d" % knock.port))
    pound.wait_log(r"is dead \(HA\)")
    time.sleep(1.5)
    equal(answers(pound), 503)
    equal(pound.since(0, "resurrect"), [])
    pound.stop()


main()
