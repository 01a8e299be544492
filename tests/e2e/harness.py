# SPDX-License-Identifier: GPL-3.0-or-later
"""The end-to-end harness: what a test file imports, and how it is run.

A test file is

	#!/usr/bin/python3
	from harness import *

	def test_something():
		...

	main()

It prints TAP.  `./test_x.py word` runs the tests whose name contains word.
Everything a test starts is stopped and checked at the end of the file:
Pound must end cleanly, no sanitizer may have spoken, and no Origin may have
received anything but clean HTTP.
"""

import sys

sys.dont_write_bytecode = True  # the source tree may be read-only

import faulthandler
import fnmatch
import functools
import os
import signal
import threading
import time
import traceback

from lib import pki
from lib.client import Client, ask, build, encode_chunks, refuses
from lib.http import Malformed, Message, Request, Response, Truncated
from lib.judge import refused, served
from lib.origin import OK, Origin, reply, then_close, then_fin, then_rst
from lib.ports import SLOW, binary, hold_port, until
from lib.pound import (Pound, SHORT, alive, backend, block, elapsed, listener,
                       memory, on_linux, run, service, simple, status)

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "corpus")
CRLF = b"\r\n"
SHOWN = 25  # failures of a table that are told

__all__ = [
    "CORPUS", "CRLF", "Client", "Malformed", "Message", "OK", "Origin", "Pound",
    "Request", "Response", "SHORT", "SLOW", "Truncated", "alive", "ask",
    "backend", "binary", "block", "build", "each", "elapsed", "encode_chunks",
    "equal", "hold_port", "listener", "main", "memory", "on_linux", "once", "refused",
    "refuses", "reply", "run", "seconds", "served", "service", "simple", "status", "text",
    "then_close", "then_fin", "then_rst", "until",
]


class Table(AssertionError):
    """Some cases of a table failed; the message lists each."""


once = functools.lru_cache(maxsize=None)  # a Pound shared by the tests of a file


def seconds(default):
    """Length of a long test: TEST_SECONDS, else the default."""
    return float(os.environ.get("TEST_SECONDS", default))


def text(data):
    """One of our own literals as bytes: lines joined by CRLF, head ended."""
    return data.replace("\n", "\r\n").encode("latin-1")


def equal(got, want, what=""):
    assert got == want, "%s: got %r, want %r" % (what, got, want)


def each(cases, function, together=False):
    """Call function(*case) for every case; the first element is its name.

    All cases run, and all failures are told.  With together they run at the
    same time, each in a thread: for cases that mostly wait.
    """
    failures = []

    def one(case):
        try:
            function(*case)
        except (AssertionError, OSError) as error:
            failures.append("%r: %s" % (case[0], _brief(error)))

    if together:
        threads = [threading.Thread(target=one, args=(case,), daemon=True) for case in cases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        for case in cases:
            one(case)
    if failures:
        told = failures[:SHOWN] + ["..."] * (len(failures) > SHOWN)
        raise Table("%d of %d cases\n%s" % (len(failures), len(cases), "\n".join(told)))


def _brief(error):
    """The message, and the line of the test file that it comes from."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
             if os.path.basename(frame.filename).startswith("test_")]
    where = " [line %d]" % lines[-1] if lines else ""
    return "%s: %s%s" % (type(error).__name__, error, where)


def _diagnose(message):
    for line in message.splitlines():
        print("# " + line.encode("ascii", "backslashreplace").decode()[:1000])


def _run_one(number, name, function):
    begin = time.monotonic()
    try:
        function()
    except Exception as error:  # every failure of a test is a result
        print("not ok %d - %s" % (number, name))
        if isinstance(error, Table):
            _diagnose(str(error))
        else:
            _diagnose("".join(traceback.format_exception(error)[-4:]))
        for pound in Pound.instances[-2:]:
            _diagnose(pound.tail())
        return False
    print("ok %d - %s # %.1f s" % (number, name, elapsed(begin)))
    sys.stdout.flush()
    return True


def _stop_everything():
    """The last test of each file."""
    errors = []
    for pound in list(Pound.instances):
        try:
            pound.stop()
        except (AssertionError, OSError) as error:
            errors.append(str(error))
    for origin in Origin.instances:
        errors += ["back-end received: " + v for v in origin.violations]
        origin.close()
    if errors:
        raise Table("\n".join(errors))


def _too_long(*_):
    raise TimeoutError("the file takes too long")


def _chosen(tests, words):
    def fits(name):
        return any(fnmatch.fnmatch(name, "*%s*" % word) for word in words)
    return [(n, f) for n, f in tests if not words or fits(n)]


def main(limit=100):
    """Run the test_ functions of the calling file and print TAP."""
    faulthandler.enable()
    faulthandler.dump_traceback_later(limit * SLOW + 20, exit=True)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(limit * SLOW))
    _raise_descriptors()
    if not os.access(binary(), os.X_OK):
        print("Bail out! no program %s (set POUND)" % binary())
        sys.exit(1)
    module = sys.modules["__main__"]
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_")]
    tests = _chosen(tests, sys.argv[1:])
    tests.append(("everything ends cleanly", _stop_everything))
    print("1..%d" % len(tests))
    good = [_run_one(i + 1, n, f) for i, (n, f) in enumerate(tests)]
    for pound in list(Pound.instances):
        pound.kill()
    pki.clean()
    sys.stdout.flush()
    os._exit(0 if all(good) else 1)


def _raise_descriptors():
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
