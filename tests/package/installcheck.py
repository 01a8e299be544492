#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make installcheck: is what was installed all there, and does it serve?

installcheck.py POUND POUNDCTL MANDIR DOCDIR VERSION

Lists the files, starts Pound on a free port of 127.0.0.1 with a pid file and a
control socket of its own, asks it over HTTP and by poundctl, and ends it. Needs
no root and touches nothing that was installed.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = 10
CONFIG = """\
Control "%(folder)s/control"
ListenHTTP
	Address 127.0.0.1
	Port %(port)d
	Err503 "%(folder)s/page"
End
"""


class Failed(Exception):
    pass


def need(held, what):
    if not held:
        raise Failed(what)


def until(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        need(time.monotonic() < end, "no %s within %d s" % (what, SECONDS))
        time.sleep(0.02)


def output(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=SECONDS, text=True)
    need(done.returncode == 0, "%s: status %d\n%s"
         % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def check_files(pound, poundctl, mandir, docdir):
    files = [pound, poundctl]
    files += [os.path.join(mandir, name) for name in
              ("man8/pound.8", "man5/pound.cfg.5", "man8/poundctl.8")]
    files += [os.path.join(docdir, name) for name in
              ("README", "NEWS", "SECURITY.md", "examples/etc/pound/pound.cfg")]
    for path in files:
        found = [p for p in (path, path + ".gz") if os.path.isfile(p)]
        need(found, "%s is not there" % path)
        mode = os.stat(found[0]).st_mode & 0o7777
        print("  %04o %8d %s" % (mode, os.path.getsize(found[0]), found[0]))
        need(mode & 0o6022 == 0, "%s: mode %o" % (found[0], mode))
    for path in (pound, poundctl):
        need(os.access(path, os.X_OK), "%s cannot be executed" % path)


def ask(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("GET", "/")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def serve(pound, poundctl, folder):
    """Without a service every request gets 503, with our own page."""
    port, pid_file = free_port(), os.path.join(folder, "pid")
    config = os.path.join(folder, "pound.cfg")
    with open(config, "w") as file:
        file.write(CONFIG % {"folder": folder, "port": port})
    with open(os.path.join(folder, "page"), "w") as file:
        file.write("installed")
    print("  " + output(pound, "-c", "-f", config).strip())
    log = os.path.join(folder, "log")
    with open(log, "wb") as file:
        process = subprocess.Popen([pound, "-e", "-f", config, "-p", pid_file],
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        until(lambda: b" serves" in open(log, "rb").read() or process.poll() is not None,
              "start")
        need(process.poll() is None, "Pound ended:\n" + open(log).read())
        need(int(open(pid_file).read()) == process.pid, "the pid file names another")
        print("  GET / of 127.0.0.1:%d: %d %s" % ((port,) + ask(port)))
        need(ask(port) == (503, b"installed"), "the answer is not ours")
        print("  " + output(poundctl, "-f", config).strip().replace("\n", "\n  "))
        process.send_signal(signal.SIGTERM)
        need(process.wait(SECONDS) == 0, "it ended with %s" % process.returncode)
        need(not os.path.exists(pid_file), "the pid file is left")
        need(not os.path.exists(os.path.join(folder, "control")), "the socket is left")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def main():
    pound, poundctl, mandir, docdir, version = sys.argv[1:]
    try:
        check_files(pound, poundctl, mandir, docdir)
        need("Version %s\n" % version in output(pound, "-V"), "not version %s" % version)
        with tempfile.TemporaryDirectory(prefix="pound-installcheck.") as folder:
            serve(pound, poundctl, folder)
    except (Failed, OSError, subprocess.SubprocessError) as why:
        print("installcheck: %s" % why, file=sys.stderr)
        return 1
    print("installcheck: all is there, and it serves")
    return 0


if __name__ == "__main__":
    sys.exit(main())
