#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Pound in front of three back-ends until Ctrl-C: demo.py POUND PORT DIR

It listens on PORT, and for HTTPS on PORT + 363 or, if that is taken, another.
What it starts it stops, also when Pound ends by itself. Its files go to DIR.
"""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FRUIT = {"apple": 8081, "banana": 8082, "cherry": 8083}
TLS = 8443
PR_SET_PDEATHSIG = 1

TEXT = """
Pound serves {url} and {tls} for {names}.
Its configuration is {config}; each request leaves a line below.
Look at {url} with a browser: its page speaks with a
back-end over a WebSocket. Or try in another terminal:

    for i in 1 2 3 4 5 6 7 8; do curl -s {url}name; done
    for i in 1 2 3 4 5 6 7 8; do curl -s -b basket=mine {url}name; done
    curl -i -d "hello" {url}echo
    curl -i -L {url}old
    curl --cacert {pem} {tls}echo

The second line has a cookie and stays with one back-end, as a browser does.
Or end a back-end (kill {pid}) and see that nothing is missed. And look in:

    {ctl}                  who is there
    {ctl} top              live; q ends it
    {ctl} -b -1 1 0        apple gets nothing new ...
    {ctl} -B -1 1 0        ... and is back
    {ctl} json             all counters (or: metrics)

Ctrl-C ends all of it.
"""


def free_port(wanted):
    """That one, or another when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
                return sock.getsockname()[1]
            except (OSError, OverflowError):
                pass
    sys.exit("There is no free port.")


def short(path):
    """As it can be said from here."""
    near = os.path.relpath(path)
    return near if len(near) < len(path) else path


class Demo:
    def __init__(self, pound, port, folder):
        self.pound, self.port, self.folder = pound, port, folder
        self.config = os.path.join(folder, "pound.cfg")
        self.pem = os.path.join(folder, "demo.pem")
        self.tls_port = free_port(port + TLS - 8080)
        self.socket = self.find_socket(folder)
        self.backends = {}
        self.server = None

    @staticmethod
    def find_socket(folder):
        """The name of a socket has at most 107 bytes."""
        path = os.path.join(folder, "poundctl.socket")
        if len(os.fsencode(path)) > 107:
            path = os.path.join("/tmp", "poundctl.%d.socket" % os.getuid())
        return path

    def poundctl(self):
        program = os.path.join(os.path.dirname(self.pound), "poundctl")
        return "%s -c %s" % (short(os.path.abspath(program)), short(self.socket))

    def spawn(self, command, **options):
        """In a session of its own, so that Ctrl-C reaches only us; should
        we be killed, so is the child."""
        def tie():
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                start_new_session=True, preexec_fn=tie,
                                **options)

    def start_backends(self):
        ports = {8080: self.port, TLS: self.tls_port}
        for name, port in FRUIT.items():
            wanted = self.port + port - 8080
            child = self.spawn(
                [sys.executable, os.path.join(HERE, "backend.py"), name,
                 str(wanted)], stdout=subprocess.PIPE, text=True)
            self.backends[name] = child
            ports[port] = int(child.stdout.readline())
        return ports

    def make_certificate(self):
        """For this machine alone; certificate and key in one file."""
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
             "-subj", "/CN=Pound's demo", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", "-", "-out", "-"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=True).stdout
        with open(self.pem, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(made)

    def write_config(self, ports):
        os.makedirs(self.folder, exist_ok=True)
        self.make_certificate()
        with open(os.path.join(HERE, "pound.cfg")) as sample:
            text = sample.read()
        text = re.sub(r"(?<=Port\t)(\d+)", lambda found:
                      str(ports[int(found.group(1))]), text)
        text = text.replace("127.0.0.1:8080", "127.0.0.1:%d" % self.port)
        text = text.replace("127.0.0.1:8443", "127.0.0.1:%d" % self.tls_port)
        text = text.replace("demo.pem", self.pem)
        text = text.replace("poundctl.socket", self.socket)
        if os.geteuid() == 0:
            text = re.sub(r"^#(User|Group)\t", r"\1\t", text, flags=re.M)
        with open(self.config, "w") as config:
            config.write(text)

    def start_pound(self):
        self.server = self.spawn(
            [self.pound, "-e", "-f", self.config,
             "-p", os.path.join(self.folder, "pound.pid")])
        end = time.monotonic() + 10
        while self.server.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    def greet(self):
        names = ["%s (pid %d)" % (name, child.pid)
                 for name, child in self.backends.items()]
        print(TEXT.format(url="http://127.0.0.1:%d/" % self.port,
                          tls="https://127.0.0.1:%d/" % self.tls_port,
                          pem=short(self.pem),
                          names=", ".join(names), config=self.config,
                          pid=self.backends["apple"].pid,
                          ctl=self.poundctl()), flush=True)

    def stop(self):
        if self.server is not None:
            if self.server.poll() is None:
                self.server.terminate()
                self.wait(self.server, 5)
            self.end_group(self.server.pid)  # a worker without supervisor
        for child in self.backends.values():
            if child.poll() is None:
                child.kill()
            child.wait()

    @staticmethod
    def wait(child, seconds):
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @staticmethod
    def end_group(pid):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def run(self):
        self.write_config(self.start_backends())
        if not self.start_pound():
            print("Pound did not start.", file=sys.stderr)
            return 1
        self.greet()
        status = self.server.wait()
        print("Pound ended with %d." % status, file=sys.stderr)
        return 1


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, interrupted)
    demo = Demo(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    try:
        return demo.run()
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())
