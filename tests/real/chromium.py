# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium without a window, led over a pipe by its DevTools protocol: what it
asks for, what comes back and what it shows are seen as they happen, not guessed
from a picture or after a pause."""

import fcntl
import json
import os
import select
import subprocess
import time

from peers import *

SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--remote-debugging-pipe"]
FIRST_FD = 60


def high_pipe():
    """A pipe whose ends are not the numbers that the browser wants them at."""
    ends = os.pipe()
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_FD) for fd in ends]
    for fd in ends:
        os.close(fd)
    return high


class Chromium(Peer):
    """One browser with a home of its own; trusted is the path of a certificate that it
    believes, an authority's unless itself is true."""

    def __init__(self, trusted=None, itself=False):
        super().__init__(None)
        self.more = {"pass_fds": (3, 4), "stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                     "env": dict(os.environ, HOME=self.folder)}
        self.command = ["chromium", *SWITCHES, "--user-data-dir=" + self.folder + "/profile"]
        self.events, self.buffer, self.number, self.session = [], b"", 0, None
        if trusted:
            self._trust(trusted, "P,," if itself else "C,,")
        self.theirs_in, self.ours_out = high_pipe()
        self.ours_in, self.theirs_out = high_pipe()
        self.start()
        os.close(self.theirs_in)
        os.close(self.theirs_out)

    def prepare(self):
        os.dup2(self.theirs_in, 3)
        os.dup2(self.theirs_out, 4)
        super().prepare()

    def _trust(self, path, how):
        nss = self.folder + "/.pki/nssdb"
        os.makedirs(nss)
        for args in (["-N", "--empty-password"], ["-A", "-n", "test", "-t", how, "-i", path]):
            subprocess.run(["certutil", *args, "-d", "sql:" + nss], check=True)

    def _next(self, end):
        """The next message of the browser."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.ours_in], [], [], max(0, end - time.monotonic()))
            part = os.read(self.ours_in, 1 << 16) if ready else b""
            assert part, "Chromium says nothing more; before: %r" % self.events[-3:]
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, timeout=60, **params):
        """A command, and its result; events that come in between are kept."""
        self.number += 1
        words = {"id": self.number, "method": method, "params": params}
        if self.session:
            words["sessionId"] = self.session
        os.write(self.ours_out, json.dumps(words).encode() + b"\0")
        end = time.monotonic() + timeout * SLOW
        while True:
            message = self._next(end)
            if message.get("id") == self.number:
                assert "error" not in message, (method, message)
                return message["result"]
            if "method" in message:
                self.events.append((message["method"], message["params"]))

    def open(self, url):
        """A page of its own; what happens from now on is in .events."""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events = []
        for domain in ("Network", "Log"):
            self.call(domain + ".enable")
        result = self.call("Page.navigate", url=url)
        assert "errorText" not in result, (url, result["errorText"])
        return self

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression)["result"].get("value")

    def wait(self, expression, want, timeout=30):
        """Until the page says so."""
        until(lambda: self.value(expression) == want, "%s is %r" % (expression, want), timeout, 0.05)
        return self

    def leave(self):
        """The page ends, and with it what it has open."""
        self.call("Page.close")

    def of(self, method):
        return [params for name, params in self.events if name == method]

    def requests(self):
        """[(URL, status)] of all that it asked for: None if that failed, 101 for a WebSocket."""
        self.value("0")  # what has happened by now
        asked = {p["requestId"]: p["request"]["url"] for p in self.of("Network.requestWillBeSent")}
        asked.update({p["requestId"]: p["url"] for p in self.of("Network.webSocketCreated")})
        status = {p["requestId"]: p["response"]["status"] for p in
                  self.of("Network.responseReceived")
                  + self.of("Network.webSocketHandshakeResponseReceived")}
        failed = {p["requestId"] for p in self.of("Network.loadingFailed")}
        return [(url, None if i in failed else status.get(i)) for i, url in asked.items()]

    def errors(self):
        """What it would show in its console."""
        return [p["entry"] for p in self.of("Log.entryAdded") if p["entry"]["level"] == "error"]

    def close(self):
        for fd in (self.ours_in, self.ours_out):
            os.close(fd)
        super().close()
