#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo of ./quickstart does what it prints: baskets, poundctl, a kill."""

import http.client
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import *

SOURCE = os.environ.get("POUND_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                     "..", ".."))
LAST = "Ctrl-C ends all of it."


class Demo:
    def __init__(self):
        self.held, self.port = hold_port()
        self.folder = tempfile.mkdtemp(prefix="pound-demo.")
        os.chmod(self.folder, 0o755)
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(SOURCE, "etc", "demo", "demo.py"), binary(),
             str(self.port), self.folder], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.told = ""
        while LAST not in self.told:
            line = self.process.stdout.readline()
            assert line, "it ended early: " + self.told + self.tail()
            self.told += line

    def tail(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def commands(self):
        """The poundctl lines, without what stands behind them."""
        lines = re.findall(r"^    (\S*poundctl .*)$", self.told, re.M)
        return [re.sub(r"   .*", "", line) for line in lines]

    def get(self, target, *cookie):
        """(status, body, field that sets a cookie)."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10 * SLOW)
        conn.request("GET", target, headers=dict([("Cookie", one) for one in cookie]))
        answer = conn.getresponse()
        body = answer.read().decode()
        conn.close()
        return answer.status, body.strip(), answer.getheader("Set-Cookie")

    def names(self, count, *cookie):
        found = [self.get("/name", *cookie) for _ in range(count)]
        equal({status for status, _, _ in found}, {200})
        return {body for _, body, _ in found}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """As by Ctrl-C; its exit status."""
        if self.process.poll() is not None:
            return self.process.returncode
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20 * SLOW)
        self.process.stdout.close()
        self.held.close()
        shutil.rmtree(self.folder)
        return code


def run_line(line):
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=20 * SLOW,
                          stdin=subprocess.DEVNULL)
    equal((done.returncode, done.stderr), (0, ""), line)
    return done.stdout


def test_what_it_prints():
    with Demo() as demo:
        equal(demo.names(60), {"apple", "banana"})
        assert "basket=" in demo.get("/name")[2]
        [mine] = demo.names(8, "basket=mine")
        listing, top, off, on, counters = demo.commands()
        shown = run_line(listing)
        assert 'Service "fruit" active (4)' in shown, shown
        assert re.search(r"Session mine -> [01]$", shown, re.M), shown
        assert "Requests in queue" in run_line(top)  # no terminal
        equal(run_line(off), "")
        equal(demo.names(20), {"banana"})
        equal(demo.names(4, "basket=mine"), {mine})
        equal(run_line(on), "")
        equal(demo.names(60), {"apple", "banana"})
        assert '"format": 1' in run_line(counters)
        apple = int(re.search(r"0\. Backend \S+:(\d+) active \(3", shown).group(1))
        os.kill(int(re.search(r"kill (\d+)", demo.told).group(1)), signal.SIGTERM)
        until(lambda: refuses(apple), "end of apple")
        equal(demo.names(20, "basket=mine"), {"banana"})
        equal(demo.get("/old")[0], 302)
        equal(demo.end(), 0)


main()
