#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""200 connections, and no thread holds more than 60 % (design 1 rule 3).

Each thread has an epoll set of its own; /proc shows what stands in each.
"""

import os
import re
import threading

from harness import *

COUNT = 200


def sockets_by_set(pid):
    """How many descriptors each epoll set of a process watches."""
    sizes = {}
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            if "eventpoll" in os.readlink("/proc/%d/fd/%s" % (pid, fd)):
                with open("/proc/%d/fdinfo/%s" % (pid, fd)) as info:
                    sizes[fd] = len(re.findall("^tfd:", info.read(), re.M))
        except OSError:
            pass
    return sizes


def spread(connect):
    """Growth of each set while connect(port) opens COUNT connections."""
    origin = Origin()
    pound = Pound("LogLevel 0\nThreads 2\n" + simple(origin, back="KeepConnections 0").replace(
        "Client 2", "Client 30"))
    worker = pound.worker_pid()
    ask(pound.port, build("GET", "/", [], None, "1.1"))
    before = sockets_by_set(worker)
    clients = connect(pound.port)
    for client in clients:
        equal(client.get().status, 200)

    def growth():
        sizes = sockets_by_set(worker)
        grown = [sizes[fd] - before.get(fd, 0) for fd in sizes]
        return grown if abs(sum(grown) - COUNT) <= 4 else None  # earlier ones may have gone

    grown = until(growth, "%d client sockets in the sets" % COUNT)
    assert max(grown) <= COUNT * 0.6 + 4, grown
    for client in clients:
        client.close()
    pound.stop()


def test_one_after_another():
    spread(lambda port: [Client(port) for _ in range(COUNT)])


def test_all_at_once():
    def connect(port):
        clients = []
        threads = [threading.Thread(target=lambda: clients.append(Client(port)))
                   for _ in range(COUNT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return clients
    spread(connect)


main()
