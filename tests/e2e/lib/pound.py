# SPDX-License-Identifier: GPL-3.0-or-later
"""Start Pound in a folder of its own, watch its log, stop it and check."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from lib.ports import SLOW, binary, hold_port, until

# Short, so that whole files run in seconds; globals only affect later blocks.
SHORT = "Client 2\nTimeOut 2\nConnTO 2\nAlive 1\nGrace 2\n"


def backend(origin, *lines):
    """A BackEnd block for an Origin, with further directives."""
    if origin.path:
        where = ["Address %s" % origin.path]
    else:
        where = ["Address %s" % origin.host, "Port %d" % origin.port]
    return block("BackEnd", *where, *lines)


def block(head, *lines):
    body = "\n".join(lines).replace("\n", "\n\t")
    return "%s\n\t%s\nEnd" % (head, body)


def listener(*lines, port="main", host="127.0.0.1"):
    """A ListenHTTP block; @main@ becomes the port that Pound.port names."""
    return block("ListenHTTP", "Address %s" % host, "Port @%s@" % port, *lines) + "\n"


def service(*lines, name=None):
    return block('Service "%s"' % name if name else "Service", *lines)


def simple(origin, glob="", listen="", serve="", back=""):
    """One listener, one service, one back-end, each with extra directives."""
    lines = [s for s in (serve, backend(origin, *filter(None, [back]))) if s]
    inner = [s for s in (listen, service(*lines)) if s]
    return SHORT + glob + "\n" + listener(*inner) + "\n"


class Pound:
    """A running Pound.

    config   text; every @name@ in it becomes a free port, see .ports
    mode     "-e" foreground, log to stderr; "-F" foreground, LogFacility
             decides; "" daemon
    wait     True: until it accepts; False: only start; None: do not start
    files    {name: text}, written into @folder@ before the start
    crash    the test kills the worker: a death of it is no failure
    jail     RootJail is used: the search for leaks does not work in it
    """

    instances = []
    pass_fds = ()  # descriptors that it inherits

    def __init__(self, config, args=(), mode="-e", wait=True, files=None, crash=False,
                 jail=False):
        self.folder = tempfile.mkdtemp(prefix="pound-e2e.")
        os.chmod(self.folder, 0o755)
        self.sanitizer = os.path.join(self.folder, "san")
        os.mkdir(self.sanitizer)
        os.chmod(self.sanitizer, 0o777)
        self.ports = {}
        self.held = []
        self.log = []
        self.out = []
        self.crash_expected = crash
        self.jail = jail
        self.reading = threading.Event()
        self.reading.set()
        self.process = None
        for name, text in (files or {}).items():
            self.write(name, text)
        self.config = self.write("pound.cfg", self._fill(config))
        self.pid_file = os.path.join(self.folder, "pound.pid")
        self.args = [binary(), "-f", self.config, "-p", self.pid_file]
        self.args += [mode] if mode else []
        self.args += list(args)
        self.env = self._environment()
        Pound.instances.append(self)
        if wait is not None:
            self.start(wait)

    # -- preparing -------------------------------------------------------

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("latin-1"))
        return path

    def _fill(self, config):
        """Give each @name@ a port, @folder@ our folder."""
        def port(match):
            name = match.group(1)
            if name == "folder":
                return self.folder
            if name not in self.ports:
                host = "::1" if name.startswith("six") else "127.0.0.1"
                sock, self.ports[name] = hold_port(host)
                self.held.append(sock)
            return str(self.ports[name])
        return re.sub(r"@(\w+)@", port, config)

    def rewrite(self, config):
        """Other text in the configuration file; ports stay what they are."""
        self.write("pound.cfg", self._fill(config))

    def reload(self, config=None, want="another worker serves now"):
        """USR2, after rewrite(config), and wait for what the log then says."""
        if config is not None:
            self.rewrite(config)
        mark = self.mark()
        self.send_signal(signal.SIGUSR2)
        return self.wait_log(want, mark, timeout=20)

    def _environment(self):
        env = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"}
        report = os.path.join(self.sanitizer, "report")
        common = "log_path=%s:exitcode=99" % report
        if self.crash_expected:
            common += ":handle_segv=0:handle_abort=0"
        env["ASAN_OPTIONS"] = common + ":detect_leaks=%d" % (not self.jail)
        # Not of libcrypto, whose atomics are invisible (tests/run.py).
        env["TSAN_OPTIONS"] = (common + ":history_size=4:second_deadlock_stack=1"
                               ":ignore_noninstrumented_modules=1")
        env["UBSAN_OPTIONS"] = common + ":print_stacktrace=1"
        env["LSAN_OPTIONS"] = common
        env["TZ"] = "UTC"
        return env

    # -- running ---------------------------------------------------------

    def start(self, wait=True):
        self.process = subprocess.Popen(
            self.args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.env, cwd=self.folder,
            start_new_session=True, pass_fds=self.pass_fds)
        self.readers = [
            threading.Thread(target=self._collect, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.log))]
        for reader in self.readers:
            reader.start()
        if wait:
            self.wait_accepting()

    def _collect(self, stream, lines):
        """Keep what Pound writes, unless told (reading) to stall."""
        for line in stream:
            lines.append(line.rstrip(b"\n").decode("utf-8", "backslashreplace"))
            self.reading.wait()

    @property
    def port(self):
        return self.ports["main"]

    @property
    def pid(self):
        """The supervisor: the process that we started, or the pid file's."""
        if self.process and self.process.poll() is None:
            return self.process.pid
        with open(self.pid_file) as file:
            return int(file.read())

    def wait_accepting(self):
        """Every port accepts, and the pid file says that all is ready."""
        for name, port in self.ports.items():
            host = "::1" if name.startswith("six") else "127.0.0.1"
            until(lambda: self._accepts(host, port), "listener on %s:%d" % (host, port), 10)
        until(lambda: os.path.exists(self.pid_file), "pid file")

    def _accepts(self, host, port):
        if self.process.poll() is not None:
            for reader in self.readers:
                reader.join(1)
            raise AssertionError("Pound ended with %s\n%s" % (
                self.process.returncode, self.tail()))
        try:
            socket.create_connection((host, port), 1).close()
            return True
        except OSError:
            return False

    def children(self, pid=None):
        """Living child processes (not zombies) of the supervisor."""
        pid = pid or self.pid
        found = []
        try:
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                    found += [int(word) for word in file.read().split()]
        except OSError:
            pass
        return [child for child in found if status(child).get("State", "Z")[0] not in "ZX"]

    def workers(self):
        """The children with threads (a sanitizer may add one to any process)."""
        return [pid for pid in self.children() if int(status(pid).get("Threads", 0)) > 2]

    def worker_pid(self, other_than=None):
        """The worker, once it has its threads."""
        return until(lambda: [pid for pid in self.workers() if pid != other_than],
                     "worker process")[0]

    # -- the log ---------------------------------------------------------

    def mark(self):
        """A place in the log, for since() and wait_log()."""
        return len(self.log)

    def since(self, mark, pattern=""):
        return [line for line in self.log[mark:] if re.search(pattern, line)]

    def wait_log(self, pattern, mark=0, count=1, timeout=8):
        """Wait until count lines match; returns them."""
        until(lambda: len(self.since(mark, pattern)) >= count,
              "%d log line(s) like %s" % (count, pattern), timeout)
        return self.since(mark, pattern)

    def quiet(self):
        """Wait until nothing more is being written to the log."""
        seen, since = -1, time.monotonic()
        while elapsed(since) < 0.15 * SLOW:
            if len(self.log) + len(self.out) != seen:
                seen, since = len(self.log) + len(self.out), time.monotonic()
            time.sleep(0.01)
        return self

    def tail(self, lines=30):
        return "\n".join(["%s: %s" % (binary(), self.folder)] + self.out[-5:] + self.log[-lines:])

    # -- the end ---------------------------------------------------------

    def send_signal(self, number, pid=None):
        os.kill(pid or self.pid, number)

    def wait_exit(self, timeout=10):
        """Exit status of the process that we started."""
        try:
            return self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            raise AssertionError("Pound did not exit in %g s" % (timeout * SLOW)) from None

    def stop(self, number=signal.SIGTERM):
        """Stop if running; check a clean end and that no sanitizer spoke."""
        if self not in Pound.instances:
            return
        Pound.instances.remove(self)
        self.reading.set()
        workers = self.children() if self._running() else []
        try:
            if self._running():
                self.process.send_signal(number)
                code = self.wait_exit()
                assert code == 0, "Pound exited with %d\n%s" % (code, self.tail())
            until(lambda: not any(alive(pid) for pid in workers), "end of the worker", 5)
            for reader in self.readers if self.process else []:
                reader.join(2)
            self.check()
        except AssertionError:
            self.kill()
            raise
        finally:
            for sock in self.held:
                sock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _running(self):
        return self.process is not None and self.process.poll() is None

    def check(self):
        """No sanitizer report, no crash that the test did not ask for."""
        for name in os.listdir(self.sanitizer):
            with open(os.path.join(self.sanitizer, name), errors="replace") as file:
                raise AssertionError("sanitizer report:\n" + file.read(6000))
        for line in self.log + self.out:
            assert "runtime error" not in line, line
            assert "not on its list" not in line, line  # src/daemon/seccomp.def
            assert self.crash_expected or "MONITOR: worker exited" not in line, self.tail()

    def kill(self):
        """End everything that we started, whatever state it is in."""
        victims = self.children() if self._running() else []
        if self._running():
            self.process.kill()
            self.process.wait()
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def status(pid):
    """/proc/PID/status as a dictionary; empty when the process is gone."""
    try:
        with open("/proc/%s/status" % pid) as file:
            pairs = (line.split(":", 1) for line in file)
            return {name: value.strip() for name, value in pairs}
    except OSError:
        return {}


def alive(pid):
    return status(pid).get("State", "Z")[0] not in "ZX"


def memory(pid):
    """Proportional resident memory of a process in bytes."""
    with open("/proc/%d/smaps_rollup" % pid) as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def run(*args, config=None, env=None, timeout=20, folder=None):
    """Run Pound to its end: (exit status, stdout, stderr)."""
    own = folder or tempfile.mkdtemp(prefix="pound-e2e.")
    try:
        if config is not None:
            path = os.path.join(own, "pound.cfg")
            with open(path, "wb") as file:
                file.write(config if isinstance(config, bytes) else config.encode())
            args = ("-f", path) + args
        done = subprocess.run([binary(), *args], capture_output=True, env=env,
                              timeout=timeout * SLOW, stdin=subprocess.DEVNULL)
        return (done.returncode, done.stdout.decode("utf-8", "replace"),
                done.stderr.decode("utf-8", "replace"))
    finally:
        if not folder:
            shutil.rmtree(own, ignore_errors=True)


def on_linux():
    """Not configured with --disable-linux."""
    return "--disable-linux" not in run("-V")[1]


def elapsed(begin):
    return time.monotonic() - begin
