# SPDX-License-Identifier: GPL-3.0-or-later
"""A back-end that swallows what comes: nobody answers a SYN."""

import os
import socket

from lib.ports import hold_port


class Silent:
    """Refuses, until its backlog is full; then a connect hears nothing."""

    path, host = None, "127.0.0.1"

    def __init__(self, swallow=True):
        self.sock, self.port = hold_port()
        self.fill = []
        if swallow:
            self.swallow()

    def swallow(self):
        self.sock.listen(0)
        for _ in range(3):  # one has room, the others fill what there is
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex((self.host, self.port))
            self.fill.append(one)
        return self

    def wake(self):
        """From now on a connect succeeds; that is all."""
        self.sock.listen(64)

    def close(self):
        for one in self.fill + [self.sock]:
            one.close()


def hanging(pid, backends):
    """How many connects to them this process has under way."""
    ports = {backend.port for backend in backends}
    folder = "/proc/%d/fd" % pid
    own = {os.readlink(os.path.join(folder, number)) for number in os.listdir(folder)}
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table][1:]
    return sum(row[3] == "02" and int(row[2].rpartition(":")[2], 16) in ports
               and "socket:[%s]" % row[9] in own for row in rows)
