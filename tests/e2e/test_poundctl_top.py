#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""poundctl top on a terminal, and without one."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import *
from lib.ctl import CONTROL, Ctl, program


class Terminal:
    """poundctl top in a terminal of its own; screen() is what is to be seen."""

    def __init__(self, ctl, columns=100, rows=24, term="xterm"):
        self.master, slave = pty.openpty()
        self.size(columns, rows)
        self.before = termios.tcgetattr(slave)
        env = dict(os.environ, TERM=term)
        self.process = subprocess.Popen(
            [program(), "-c", ctl.path, "top"], stdin=slave, stdout=slave,
            stderr=slave, env=env, preexec_fn=self._take_terminal, start_new_session=True)
        self.slave = slave
        self.raw = b""

    def _take_terminal(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def size(self, columns, rows):
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, wait=0.05):
        while select.select([self.master], [], [], wait)[0]:
            try:
                self.raw += os.read(self.master, 65536)
            except OSError:  # the other end has gone
                return

    def until(self, pattern, timeout=8):
        """Wait until the screen shows it."""
        def seen():
            self.read()
            return re.search(pattern, self.screen(), re.M)
        return until(seen, "screen with %r: %r" % (pattern, self.screen()), timeout)

    def screen(self):
        """A terminal that knows the few sequences that are used."""
        lines, row, column = [""] * self.rows, 0, 0
        for token in re.findall(rb"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", self.raw):
            if token == b"\x1b[H":
                row = column = 0
            elif token == b"\x1b[K":
                lines[row] = lines[row][:column]
            elif token == b"\x1b[J":
                lines[row] = lines[row][:column]
                lines[row + 1:] = [""] * (self.rows - row - 1)
            elif token == b"\r":
                column = 0
            elif token == b"\n":
                row += 1
                assert row < self.rows, "the screen scrolls"
            elif not token.startswith(b"\x1b"):
                text = token.decode("ascii")
                line = lines[row].ljust(column)
                lines[row] = line[:column] + text + line[column + len(text):]
                column += len(text)
                assert column <= self.columns, "a line is too wide: %r" % lines[row]
            else:
                assert re.fullmatch(rb"\x1b\[(0|1|7)m|\x1b\[\?(1049|25)[hl]", token), token
        return "\n".join(lines)

    def key(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """Its exit status; the terminal must be what it was."""
        status_ = self.process.wait(10 * SLOW)
        self.read()
        assert self.raw.endswith(b"\x1b[?25h\x1b[?1049l"), self.raw[-40:]
        equal(termios.tcgetattr(self.slave), self.before)
        return status_


def make():
    one, two = Origin(), Origin()
    pound = Pound(CONTROL + simple(one) + service(
        backend(one), backend(two, "Disabled 1"), name="glob") + "\n")
    return pound, Ctl(pound), one


@once
def shared():
    return make()


def test_screen():
    pound, ctl, origin = shared()
    top = Terminal(ctl)
    top.until(r"^Pound \S+  pid %d  up 0 d 00:00:\d\d  worker %d  0 restarts$"
              % (pound.pid, pound.worker_pid()))
    with Client(pound.port) as client:
        begin = time.monotonic()
        while not re.search(r"^Requests    [1-9]", top.screen(), re.M):
            assert elapsed(begin) < 10 * SLOW, top.screen()
            for _ in range(20):
                client.get()
            top.read(0.02)
    screen = top.screen()
    print("\n".join("# " + line for line in screen.rstrip().split("\n")))
    for pattern in [
            r"^Requests    [\d.]+/s, \d+ now   errors 0.0/s   in 0B/s   out \S+B/s$",
            r"^Connections \d+ of \d+: \d+ active, \d+ parked   queue \d+   threads \d+$",
            r"^First byte  mean \S+s   p50 \S+s   p90 \S+s   p99 \S+s   \(last minute\)$",
            r"^BACK-END +STATE +REQ/S +ERR/S +P50 +P99 +NOW +SESS *$",
            r"^0 http 127.0.0.1:%d, service 0$" % pound.port,
            r"^   0 127.0.0.1:%d +alive +[1-9]\S* +0.0 +\S+s +\S+s +\d+ +0 #+$" % origin.port,
            r'^-1 global, service 0 "glob"$',
            r"^   1 127.0.0.1:\d+ +disabled +0.0 +0.0 +- +- +0 +0 \.+$"]:
        assert re.search(pattern, screen, re.M), (pattern, screen)
    top.key("q")
    equal(top.end(), 0)


def test_resize():
    _, ctl, _ = shared()
    top = Terminal(ctl)
    top.until("BACK-END")
    for columns, rows in ((60, 24), (200, 50), (40, 8), (80, 6)):
        top.read(0.2)
        top.raw = b""
        top.size(columns, rows)
        os.kill(top.process.pid, signal.SIGWINCH)
        if rows < 10:
            top.until(r"^\.\.\. \d+ more lines")
        else:
            top.until("BACK-END")
    top.key("Q")
    equal(top.end(), 0)


def test_other_keys_and_ends():
    _, ctl, _ = shared()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        top = Terminal(ctl)
        top.until("BACK-END")
        top.key("xyz\n")
        top.until("BACK-END")
        equal(top.process.poll(), None)
        os.kill(top.process.pid, number)
        equal(top.end(), 0)
    top = Terminal(ctl)
    top.until("BACK-END")
    top.key("\x03")  # what Ctrl-C sends
    equal(top.end(), 0)


def test_suspend():
    """Ctrl-Z gives the terminal back for the time being."""
    _, ctl, _ = shared()
    top = Terminal(ctl)
    top.until("BACK-END")
    os.kill(top.process.pid, signal.SIGTSTP)
    until(lambda: status(top.process.pid)["State"][0] == "T", "the stop")
    top.read()
    equal(termios.tcgetattr(top.slave), top.before)
    assert top.raw.endswith(b"\x1b[?1049l")
    top.raw = b""
    os.kill(top.process.pid, signal.SIGCONT)
    top.until("BACK-END")
    top.key("q")
    equal(top.end(), 0)


def test_pound_goes_and_comes():
    pound, ctl, _ = make()
    top = Terminal(ctl)
    top.until("BACK-END")
    pound.process.terminate()
    pound.process.wait()
    top.until(r"^connect: .*ctl: No such file")
    top.until("^Pound ")  # what was known stays to be seen
    pound.start()
    top.until("up 0 d 00:00:0")
    until(lambda: top.read() or "No such file" not in top.screen(), "no trouble")
    top.key("q")
    equal(top.end(), 0)


def test_quits_while_it_waits():
    """Keys are heard while no answer comes."""
    pound, ctl, _ = make()
    top = Terminal(ctl)
    top.until("BACK-END")
    os.kill(pound.worker_pid(), signal.SIGSTOP)
    top.until("^no worker")
    time.sleep(1.3)  # it has asked again, and would wait for two seconds
    top.key("x")
    begin = time.monotonic()
    top.key("q")
    equal(top.end(), 0)
    assert elapsed(begin) < 1 * SLOW, elapsed(begin)
    os.kill(pound.worker_pid(), signal.SIGCONT)
    pound.stop()


def test_no_terminal():
    """One listing, as if that were asked for."""
    _, ctl, _ = shared()
    listing = ctl.good()
    equal(re.sub(r"\d\.\d{3} sec", "", ctl.good("top")), re.sub(r"\d\.\d{3} sec", "", listing))
    master, slave = pty.openpty()
    done = subprocess.run([program(), "-c", ctl.path, "top"], stdin=slave, stdout=slave,
                          stderr=slave, env=dict(os.environ, TERM="dumb"), timeout=20 * SLOW)
    equal(done.returncode, 0)
    out = os.read(master, 65536)
    assert b"\x1b" not in out and out.startswith(b"Requests in queue: "), out


def test_nobody_there():
    ctl = Ctl(shared()[0])
    ctl.path = "/nonexistent/ctl"
    said = ctl.refused("top")
    assert said.startswith("connect: /nonexistent/ctl: No such file"), said
    top = Terminal(ctl)
    equal(top.process.wait(10 * SLOW), 1)
    top.read()
    assert b"\x1b" not in top.raw and b"No such file" in top.raw, top.raw


main()
