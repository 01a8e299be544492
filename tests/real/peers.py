# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that are processes of their own: nginx, programs in C, roles.

A test file of this folder begins with

	from peers import *

which brings the end-to-end harness along.  Every peer runs in the
foreground in a folder of its own, is ended by its pid, and has ended when the
file is done; if the test itself dies, the kernel ends them.
"""

import ctypes
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
sys.dont_write_bytecode = True

from harness import *
from harness import __all__ as harness_names
from lib.ports import hold_port

__all__ = harness_names + [
    "hold_port",
    "Apache", "HERE", "LoadReport", "Nginx", "Peer", "Role", "certificate", "children_of",
    "assert_flat", "compile_c", "number", "os", "own_memory", "pss_of_tree", "python_with", "re",
    "say", "sys", "wrk", "wrk_report",
]

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
UNITS = {"k": 10 ** 3, "m": 10 ** 6, "g": 10 ** 9}


def number(name, default):
    """A size from the environment: digits, or with k, m, g behind."""
    word = os.environ.get(name, str(default)).lower()
    factor = UNITS.get(word[-1:], 1)
    return int(word.rstrip("kmg")) * factor


def say(form, *args):
    """A measurement, as a comment of the TAP."""
    print("# " + form % args, flush=True)


def die_with_parent():
    """By a signal that nginx passes on to its workers."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Peer:
    """A program in the foreground."""

    def __init__(self, command, port=None, held=None, **more):
        self.folder = tempfile.mkdtemp(prefix="pound-real.")
        os.chmod(self.folder, 0o755)
        self.command = command
        self.port, self.held = port, held
        self.more = more
        self.violations = []  # the harness asks every origin for these
        self.process = None
        Origin.instances.append(self)  # the harness closes it at the end

    def prepare(self):
        """In the new process, before it becomes the program."""
        die_with_parent()

    def start(self):
        self.process = subprocess.Popen(
            self.command, cwd=self.folder, preexec_fn=self.prepare, **self.more)
        if self.port:
            until(self._accepts, "%s on port %d" % (self.command[0], self.port), 10)
        return self

    def _accepts(self):
        assert self.process.poll() is None, "%r ended with %d" % (
            self.command, self.process.returncode)
        try:
            with Client(self.port):
                return True
        except OSError:
            return False

    def kill(self, number=signal.SIGKILL):
        """End it and wait for that."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def close(self):
        self.kill(signal.SIGTERM)
        if self.held:
            self.held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What lib.pound.backend() wants to know.
    path = None
    host = "127.0.0.1"


class Nginx(Peer):
    """nginx with its own configuration; http is the inside of http {}.

    @port@ becomes the port of the server, @folder@ its folder; files below
    @folder@/www can be made with file().
    """

    CONFIG = """
daemon off;
%s
worker_processes 1;
worker_rlimit_nofile 8192;
pid @folder@/nginx.pid;
error_log @folder@/error.log warn;
events { worker_connections 4096; }
http {
	access_log off;
	types { text/plain txt; text/html html; }
	default_type application/octet-stream;
	client_body_temp_path @folder@/tmp_body;
	proxy_temp_path @folder@/tmp_proxy;
	fastcgi_temp_path @folder@/tmp_fastcgi;
	uwsgi_temp_path @folder@/tmp_uwsgi;
	scgi_temp_path @folder@/tmp_scgi;
	keepalive_requests 1000000000;
	sendfile on;
	tcp_nodelay on;
%s
}
"""

    def __init__(self, http):
        held, port = hold_port()
        super().__init__(["nginx"], port, held)
        user = "user root;" if os.geteuid() == 0 else ""
        self.text = self.CONFIG % (user, http)
        self.log = os.path.join(self.folder, "error.log")
        os.mkdir(os.path.join(self.folder, "www"))

    def start(self):
        path = os.path.join(self.folder, "nginx.conf")
        config = self.text.replace("@port@", str(self.port))
        with open(path, "w", encoding="latin-1") as file:
            file.write(config.replace("@folder@", self.folder))
        self.command = [nginx_binary(), "-e", self.log, "-p", self.folder, "-c", path]
        return super().start()

    def kill(self, number=signal.SIGKILL):
        """The master and, when it cannot tell them, its workers."""
        workers = []
        if number == signal.SIGKILL and self.process and self.process.poll() is None:
            workers = children_of(self.process.pid)
        super().kill(number)
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def file(self, name, content):
        path = os.path.join(self.folder, "www", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, "www", name), "rb") as file:
            return file.read()


class Apache(Peer):
    """apache2 with the modules that are named; text is the rest of its configuration, with
    @port@ and @folder@ as for nginx. Its document root is @folder@/www."""

    CONFIG = """
ServerName 127.0.0.1
ServerRoot @folder@
PidFile @folder@/apache.pid
ErrorLog @folder@/error.log
LogLevel warn
DefaultRuntimeDir @folder@
Listen 127.0.0.1:@port@
DocumentRoot @folder@/www
KeepAliveTimeout 30
MaxKeepAliveRequests 0
"""
    MODULES = "mpm_event", "authz_core"
    PLACE = "/usr/lib/apache2/modules"

    def __init__(self, text, *modules):
        held, port = hold_port()
        super().__init__([], port, held)
        self.log = os.path.join(self.folder, "error.log")
        self.text = "".join("LoadModule %s_module %s/mod_%s.so\n" % (name, self.PLACE, name)
                            for name in self.MODULES + modules) + self.CONFIG + text
        if os.geteuid() == 0:
            self.text += "User www-data\nGroup www-data\n"
        self.mkdir("www")

    def mkdir(self, name):
        """A folder that it may write to."""
        path = os.path.join(self.folder, name)
        os.mkdir(path)
        os.chmod(path, 0o777)
        return path

    def start(self):
        binary = shutil.which("apache2", path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert binary, "apache2 is not installed"
        path = os.path.join(self.folder, "apache.conf")
        with open(path, "w") as file:
            file.write(self.text.replace("@port@", str(self.port)).replace(
                "@folder@", self.folder))
        self.command = [binary, "-f", path, "-D", "FOREGROUND"]
        return super().start()


def nginx_binary():
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert found, "nginx is not installed"
    return found


class Role(Peer):
    """A Python process that plays a role of roles.py.

    It is told JSON lines and tells JSON lines; it ends with its input.
    """

    def __init__(self, role, *args, port=None, held=None):
        command = [sys.executable, "-B", os.path.join(HERE, "roles.py"), role]
        super().__init__(command + [str(a) for a in args], port, held,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.start()

    @classmethod
    def server(cls, role, *args):
        """A role that listens: its first argument is the port."""
        held, port = hold_port()
        return cls(role, port, *args, port=port, held=held)

    def tell(self, *words):
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()
        return self

    def hear(self, timeout=60):
        """The next line."""
        ready, _, _ = select.select([self.process.stdout], [], [], timeout * SLOW)
        line = self.process.stdout.readline() if ready else b""
        assert line, "%s said nothing within %g s" % (self.command[3], timeout * SLOW)
        return json.loads(line)

    def ask(self, *words, timeout=60):
        return self.tell(*words).hear(timeout)


def compile_c(source, *more):
    """Compile tests/SOURCE.c (tests/support/SOURCE.c without a folder) with more of them and
    with libraries; the path of the program."""
    folder = Peer(None).folder  # goes when the file is done
    top = os.path.join(HERE, "..")
    program = os.path.join(folder, os.path.basename(source))
    files = [word if word.startswith("-l") else os.path.join(
        top, word if "/" in word else "support/" + word) + ".c" for word in (source, *more)]
    subprocess.run(["cc", "-O2", "-std=gnu11", "-D_GNU_SOURCE", "-I", top, "-o", program, *files],
                   check=True)
    return program


def python_with(module):
    """A Python that has the Debian package of a module."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import " + module], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    raise AssertionError("python3-%s is not installed" % module)


def certificate(*names):
    """The path of a certificate for names and addresses, with its key; behind that path with
    ".ca" stands the certificate of the authority that signed it."""
    folder = Peer(None).folder
    kinds = ["IP" if name[-1].isdigit() else "DNS" for name in names]
    with open(folder + "/names", "w") as file:
        file.write("subjectAltName=" + ",".join("%s:%s" % pair for pair in zip(kinds, names)))
    path = os.path.join(folder, "server.pem")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for command in (
            ["req", "-x509", *curve, "-subj", "/CN=authority", "-days", "2",
             "-keyout", folder + "/key", "-out", path + ".ca"],
            ["req", *curve, "-subj", "/CN=" + names[0], "-keyout", path, "-out", folder + "/asked"],
            ["x509", "-req", "-in", folder + "/asked", "-CA", path + ".ca", "-CAkey",
             folder + "/key", "-CAcreateserial", "-days", "2", "-extfile", folder + "/names",
             "-out", folder + "/signed"]):
        subprocess.run(["openssl", *command], check=True, stderr=subprocess.DEVNULL)
    with open(path, "a") as key, open(folder + "/signed") as signed:
        key.write(signed.read())
    return path


# --- Load -----------------------------------------------------------------


class LoadReport:
    """What wrk counted."""

    def __init__(self, text):
        self.text = text
        self.requests = self._number(r"(\d+) requests in")
        self.bad_status = self._number(r"Non-2xx or 3xx responses: (\d+)")
        self.connect, self.read, self.write, self.timeout = (
            self._number(word + r" (\d+)") for word in ("connect", "read", "write", "timeout"))

    def _number(self, pattern):
        found = re.search(pattern, self.text)
        return int(found.group(1)) if found else 0

    @property
    def failed(self):
        return self.bad_status + self.connect + self.read + self.write + self.timeout

    def __str__(self):
        return "%d requests, %d bad statuses, errors: connect %d, read %d, write %d, late %d" % (
            self.requests, self.bad_status, self.connect, self.read, self.write, self.timeout)


def wrk(port, seconds, connections=64, threads=2, path="/"):
    """Start wrk; wrk_report() waits for it."""
    return subprocess.Popen(
        ["wrk", "-t%d" % threads, "-c%d" % connections, "-d%ds" % seconds,
         "--timeout", "%ds" % (5 * SLOW), "http://127.0.0.1:%d%s" % (port, path)],
        stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)


def wrk_report(process, timeout=120):
    text, _ = process.communicate(timeout=timeout * SLOW)
    assert process.returncode == 0, "wrk ended with %d: %s" % (process.returncode, text)
    report = LoadReport(text)
    assert report.requests > 0, "wrk did nothing: " + text
    return report


# --- Processes ------------------------------------------------------------


def children_of(pid):
    found = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def own_memory(pid):
    """(bytes that are this process's alone, all that are resident). The parts
    of what it shares with others would grow when they end."""
    with open("/proc/%d/smaps_rollup" % pid) as file:
        kib = {line.split(":")[0]: int(line.split()[1]) for line in file if "kB" in line}
    return (kib["Private_Dirty"] + kib["Swap"]) * 1024, (kib["Rss"] + kib["Swap"]) * 1024


def assert_flat(before, after, code=0):
    """Of own_memory(): within 2 % of what is resident, and a few pages more or
    less of its own, since the holes in a heap are elsewhere each time. So many
    bytes of code may be used for the first time in between. A sanitizer keeps
    notes of its own about what was freed."""
    spare = 64 << 10 if not os.environ.get("POUND_SANITIZER") else 1 << 20
    say("memory of its own, resident: %r, then %r", before, after)
    assert after[1] <= before[1] * 1.02 + (spare - (64 << 10)) + code, "memory"
    assert after[0] <= before[0] * 1.02 + spare, "memory"


def pss_of_tree(pid):
    """Proportional resident memory of a process and all below it, in bytes."""
    try:
        own = memory(pid)
    except OSError:
        own = 0
    return own + sum(pss_of_tree(child) for child in children_of(pid))
