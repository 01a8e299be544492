#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes: daemonise, pid file, signals, supervisor and worker (B.1, A.6)."""

import os
import pwd
import resource
import shutil
import signal
import stat
import subprocess
import time

from harness import *

origin = Origin()
gate = {}


def slow(request):
    """Answers /slow only when the test lets it."""
    if request.target == "/slow":
        until(lambda: gate.get("open"), "permission to answer", 20)
    return OK


class Daemon(Pound):
    """Pound in the background: log and messages in files."""

    def __init__(self, config, facility="-", **options):
        super().__init__("Daemon 1\nLogFacility %s\n" % facility + config, mode="", wait=None,
                         **options)
        self.output = os.path.join(self.folder, "output")
        with open(self.output, "wb") as file:
            self.started = subprocess.run(
                self.args, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=self.env,
                timeout=20 * SLOW, cwd=self.folder).returncode

    @property
    def log(self):
        try:
            with open(self.output, errors="replace") as file:
                return file.read().splitlines()
        except (OSError, AttributeError):
            return []

    @log.setter
    def log(self, _):
        pass

    def pids(self):
        return [self.pid] + self.children()

    def stop(self, number=signal.SIGTERM):
        if self not in Pound.instances:
            return
        Pound.instances.remove(self)
        if os.path.exists(self.pid_file):
            pids = self.pids()
            self.send_signal(number)
            until(lambda: not any(map(alive, pids)), "end of the daemon", 5)
            assert not os.path.exists(self.pid_file), "the pid file stays behind"
        self.check()
        shutil.rmtree(self.folder)

    def kill(self):
        if os.path.exists(self.pid_file):
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)


def front(config="", **options):
    gate.clear()
    origin.take()
    options.setdefault("crash", True)
    return Pound(simple(origin, config), **options)


def get(pound, path="/"):
    return ask(pound.port, build("GET", path, [], None, "1.1"))


def test_daemonise():
    daemon = Daemon(simple(origin, "LogLevel 0"))
    equal(daemon.started, 0)
    equal(get(daemon).status, 200, "ready before the starting process returns")
    with open(daemon.pid_file) as file:
        pid = int(file.read())
    mode = os.stat(daemon.pid_file)
    equal(stat.S_IMODE(mode.st_mode), 0o600, "mode of the pid file")
    equal(os.getsid(pid), pid, "a session of its own")
    worker = daemon.worker_pid()
    equal(int(status(worker)["PPid"]), pid, "the pid file names the supervisor")
    for one in (pid, worker):
        until(lambda: os.readlink("/proc/%d/fd/0" % one) == "/dev/null", "/dev/null")
    daemon.stop()
    assert refuses(daemon.port)


def test_daemon_that_cannot_start():
    """Exit 1 with a message, when a listener or the pid file cannot be had."""
    busy = Origin()
    config = "LogFacility local0\n" + listener(service(backend(origin)), port="x").replace(
        "@x@", str(busy.port)) + "\n"
    code, _, err = run("-p", "/tmp/pound-e2e-never.pid", config=config)
    equal(code, 1)
    assert str(busy.port) in err, err
    assert not os.path.exists("/tmp/pound-e2e-never.pid")


def test_no_terminal_with_syslog():
    """Logging to syslog, descriptors 0 to 2 are /dev/null."""
    no_terminal(Daemon(simple(origin), facility="local0"))
    if os.getuid() == 0:  # in a jail there is no /dev/null to open
        no_terminal(Daemon('RootJail "@folder@/san"\nUser "nobody"\n' + simple(origin),
                           facility="local0", jail=True))


def no_terminal(daemon):
    equal(get(daemon).status, 200)
    for pid in daemon.pids():
        for fd in (0, 1, 2):
            until(lambda: os.readlink("/proc/%d/fd/%d" % (pid, fd)) == "/dev/null",
                  "/dev/null as descriptor %d of %d" % (fd, pid))
    daemon.stop()


def test_term_and_quit():
    """At once, with idle and busy clients; pid file removed, exit 0."""
    origin.answer = slow
    for number in (signal.SIGTERM, signal.SIGQUIT):
        pound = front("Grace 30")
        idle, busy = Client(pound.port), Client(pound.port)
        idle.get("/")
        busy.request("/slow")
        worker = pound.worker_pid()
        begin = time.monotonic()
        pound.send_signal(number)
        equal(pound.wait_exit(5), 0)
        assert elapsed(begin) < 2.5 * SLOW, elapsed(begin)
        until(lambda: not alive(worker), "end of the worker", 3)
        equal((idle.rest(), os.path.exists(pound.pid_file), refuses(pound.port)),
              (b"", False, True))
        gate["open"] = True
        pound.stop()
    origin.take()


def test_hup_and_int_are_graceful():
    """Idle connections close, an answer in flight is finished and says close."""
    origin.answer = slow
    for number in (signal.SIGHUP, signal.SIGINT):
        pound = front("Grace 20\nTimeOut 20")
        idle, busy = Client(pound.port), Client(pound.port)
        idle.get("/")
        origin.take()
        busy.request("/slow")
        origin.wait_requests(1)
        pound.send_signal(number)
        idle.expect_close()
        until(lambda: refuses(pound.port), "end of listening")
        assert alive(pound.pid)
        begin = time.monotonic()
        gate["open"] = True
        answer = busy.answer()
        equal((answer.body, answer.get("Connection")), (b"ok", "close"))
        busy.expect_close()
        busy.close()
        equal(pound.wait_exit(5), 0)
        assert elapsed(begin) < 3 * SLOW, "waited %.1f s of a Grace of 20" % elapsed(begin)
        assert not os.path.exists(pound.pid_file)
        pound.stop()
    origin.take()


def test_grace_ends():
    origin.answer = slow
    pound = front("Grace 1\nTimeOut 20")
    busy = Client(pound.port)
    busy.request("/slow")
    origin.wait_requests(1)
    begin = time.monotonic()
    pound.send_signal(signal.SIGHUP)
    equal(pound.wait_exit(6), 0)
    assert 0.8 < elapsed(begin) < 3 * SLOW, elapsed(begin)
    equal(busy.rest(), b"")
    gate["open"] = True
    pound.stop()
    origin.take()


def test_idle_hup_is_immediate():
    pound = front("Grace 20")
    get(pound.quiet())
    begin = time.monotonic()
    pound.send_signal(signal.SIGHUP)
    equal(pound.wait_exit(5), 0)
    assert elapsed(begin) < 2 * SLOW, elapsed(begin)
    pound.stop()


def test_signal_during_the_start():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        pound = front(wait=False)
        until(lambda: os.path.exists(pound.pid_file) or pound.process.poll() is not None,
              "pid file", step=0.001)
        pound.send_signal(number)
        equal(pound.wait_exit(5), 0)
        pound.stop()


def test_reload_during_the_start():
    """It comes when the start is over."""
    pound = front(wait=False)
    until(lambda: os.path.exists(pound.pid_file), "pid file", step=0.001)
    pound.send_signal(signal.SIGUSR2)
    pound.wait_log("reload: done")
    pound.stop()


def test_worker_killed_by_a_signal():
    """Serving again within 2 s; the log says what died and when."""
    origin.answer = OK
    pound = front().quiet()
    supervisor = pound.pid
    for number in (signal.SIGSEGV, signal.SIGKILL):
        worker, mark = pound.worker_pid(), pound.mark()
        begin = time.monotonic()
        os.kill(worker, number)
        until(lambda: answers(pound), "answer of a new worker", 4)
        assert elapsed(begin) < 2.2 * SLOW, elapsed(begin)
        assert pound.worker_pid(worker) != worker
        equal(pound.pid, supervisor)
        line = pound.wait_log("MONITOR: worker exited", mark)[0]
        assert "%d" % number in line, line
    pound.stop()


def answers(pound):
    try:
        return get(pound).status == 200
    except (OSError, Truncated):
        return False


def test_back_off():
    """The first restart at once, then 1 s, 2 s for workers that die young."""
    pound = front()
    get(pound.quiet())
    waits = []
    worker = pound.worker_pid()
    for _ in range(3):
        begin = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        worker = pound.worker_pid(worker)
        waits.append(elapsed(begin))
    assert waits[0] < 0.7 * SLOW and 0.8 < waits[1] < 1.7 * SLOW and 1.8 < waits[2] < 2.9 * SLOW, waits
    equal(get(pound).status, 200)
    pound.stop()


def test_term_during_the_back_off():
    pound = front()
    get(pound.quiet())
    worker = pound.worker_pid()
    os.kill(worker, signal.SIGKILL)
    worker = pound.worker_pid(worker)
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(worker), "end of the worker")
    begin = time.monotonic()
    pound.send_signal(signal.SIGTERM)
    equal(pound.wait_exit(5), 0)
    assert elapsed(begin) < 2 * SLOW
    pound.stop()


def test_exit_0_of_the_worker_ends_all():
    pound = front()
    os.kill(pound.worker_pid(), signal.SIGTERM)
    equal(pound.wait_exit(5), 0)
    equal(pound.since(0, "MONITOR: worker exited"), [])
    pound.stop()


def test_usr1_and_pipe_are_ignored():
    pound = front(crash=False)
    worker = pound.worker_pid()
    for number in (signal.SIGUSR1, signal.SIGPIPE):
        for pid in (pound.pid, worker):
            os.kill(pid, number)
        equal(get(pound).status, 200)
    equal((pound.worker_pid(), pound.process.poll()), (worker, None))
    pound.stop()


def test_death_of_the_supervisor():
    """The worker sees the end of it, logs and drains."""
    pound = front("Grace 2")
    worker = pound.worker_pid()
    idle = Client(pound.port)
    idle.get()
    mark = pound.mark()
    others = pound.children()
    pound.process.kill()
    until(lambda: not alive(worker), "end of the worker", 6)
    until(lambda: not any(map(alive, others)), "end of the other processes", 3)
    pound.wait_log("", mark)
    equal(idle.rest(), b"")
    pound.stop()


def test_user():
    """The worker drops everything, the supervisor stays."""
    if os.getuid() != 0:
        return
    nobody = pwd.getpwnam("nobody")
    pound = front('User "nobody"\n', crash=False)
    worker = status(pound.worker_pid())
    equal(worker["Uid"].split(), [str(nobody.pw_uid)] * 4)
    equal((worker["Groups"], worker["NoNewPrivs"]), ("", "1" if on_linux() else "0"))
    equal((worker["CapEff"], worker["CapPrm"]), ("0" * 16, "0" * 16))
    equal(status(pound.pid)["Uid"].split()[0], "0")
    equal(get(pound).status, 200)
    pound.stop()


def test_root_jail():
    """Error pages, logs and revival work inside an empty folder."""
    if os.getuid() != 0:
        return
    pound = Pound(simple(origin, 'RootJail "@folder@/san"\nUser "nobody"\n',
                         'Err503 "@folder@/err"', 'URL "^/ok"'), files={"err": "own page"},
                  jail=True)
    equal(os.readlink("/proc/%d/root" % pound.worker_pid()), pound.sanitizer)
    equal((get(pound, "/ok").status, get(pound, "/none").body), (200, b"own page"))
    pound.wait_log("e503")
    pound.stop()


def test_descriptors_are_raised():
    """The soft limit becomes the hard one; the number is logged."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        pound = front(crash=False)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with open("/proc/%d/limits" % pound.worker_pid()) as file:
        line = [text for text in file if text.startswith("Max open files")][0]
    equal(line.split()[3], str(hard))
    pound.wait_log(r"\b%d\b" % hard)
    pound.stop()


def test_foreign_address():
    """An address that this machine does not own: bound all the same, with a warning."""
    config = simple(origin) + listener(service(), port="x", host="192.0.2.1").replace(
        "@x@", "8080") + "\n"
    pound = Pound(config)
    equal(get(pound).status, 200)
    pound.wait_log(r"192\.0\.2\.1")
    pound.stop()


main()
