#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HUP and INT: requests that stand in the backlog are served before the end."""

import signal
import socket

from harness import *

origin = Origin()


def burst(number):
    pound = Pound(simple(origin))
    clients = [socket.create_connection(("127.0.0.1", pound.port)) for _ in range(40)]
    for client in clients:
        client.sendall(build("GET", "/", [], None, "1.1"))
    pound.send_signal(number)
    for client in clients:
        client.settimeout(5 * SLOW)
        equal(client.recv(9), b"HTTP/1.1 ")
        client.close()
    equal(pound.wait_exit(5), 0)
    pound.stop()


def test_nobody_in_the_backlog_is_lost():
    for number in (signal.SIGHUP, signal.SIGINT) * 3:
        burst(number)


main()
