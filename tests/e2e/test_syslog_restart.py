#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A syslog daemon that is restarted is found again, from a jail too (A.6 10)."""

import os
import socket

from harness import *

origin = Origin()


class Syslog:
    """Where /dev/log would be; a restart makes a new socket."""

    def __init__(self, path):
        self.path = path
        self.sock = None
        self.start()

    def start(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)
        self.sock.settimeout(0.2)

    def stop(self):
        self.sock.close()
        os.unlink(self.path)

    def wait(self, pound, word):
        """Lines until one has the word, asking for a new one each time."""
        def find():
            ask(pound.port, build("GET", "/" + word, [], None, "1.1"))
            try:
                while True:
                    line = self.sock.recv(20000).decode()
                    if word in line:
                        return line
            except socket.timeout:
                return None
        return until(find, "syslog line with " + word, 8, step=0.2)


def front(lines):
    pound = Pound("LogFacility local3\nLogLevel 1\n" + lines + simple(origin), mode="-F",
                  wait=None)
    pound.env["POUND_SYSLOG_SOCKET"] = os.path.join(pound.folder, "log")
    return pound


def restart(pound):
    syslog = Syslog(pound.env["POUND_SYSLOG_SOCKET"])
    pound.start()
    line = syslog.wait(pound, "first")
    assert line.startswith("<%d>" % (19 * 8 + 6)) and "pound: " in line, line
    syslog.stop()
    for _ in range(3):
        equal(ask(pound.port, build("GET", "/lost", [], None, "1.1")).status, 200)
    syslog.start()
    syslog.wait(pound, "second")
    pound.stop()
    syslog.sock.close()


def test_in_a_jail():
    if os.getuid() == 0:
        restart(front('User "nobody"\nRootJail "@folder@/san"\n'))


def test_without_a_jail():
    restart(front(""))


def test_syslog_comes_later():
    """Nobody there at the start: said on the terminal; found when it comes."""
    pound = front("")
    pound.start()
    pound.wait_log("no syslog now")
    syslog = Syslog(pound.env["POUND_SYSLOG_SOCKET"])
    syslog.wait(pound, "late")
    pound.stop()
    syslog.sock.close()


main()
