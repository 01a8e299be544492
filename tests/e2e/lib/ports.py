# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports that nobody else can take, and waiting for conditions."""

import os
import re
import socket
import time

used = set()


def binary():
    """The program under test: $POUND, or the one of the build."""
    if os.environ.get("POUND"):
        return os.path.abspath(os.environ["POUND"])
    here = os.path.dirname(os.path.abspath(__file__))
    top = os.environ.get("abs_top_builddir")
    top = top or os.path.join(here, "..", "..", "..", "build")
    return os.path.abspath(os.path.join(top, "src", "pound"))


def detect_slowness():
    """How much longer things may take: 1, or more under a sanitizer."""
    if os.environ.get("E2E_SLOW"):
        return float(os.environ["E2E_SLOW"])
    try:
        with open(binary(), "rb") as image:
            names = image.read()
    except OSError:
        return 1.0
    if b"__tsan_init" in names:
        return 4.0
    return 2.0 if re.search(rb"__[au]b?san_", names) else 1.0


SLOW = detect_slowness()


def hold_port(host="127.0.0.1"):
    """(socket, port): bound and not listening, kept so for the run.

    Connecting to it is refused; a server that sets SO_REUSEADDR can listen
    on it; nobody else is given it.
    """
    while True:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, 0))
        port = sock.getsockname()[1]
        if port not in used:
            used.add(port)
            return sock, port
        sock.close()


def until(condition, what, timeout=8, step=0.01):
    """Poll until condition() is true and return its value."""
    end = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("no %s within %g s" % (what, timeout * SLOW))
        time.sleep(step)
