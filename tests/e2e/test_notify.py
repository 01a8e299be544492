#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager is told, and sockets that it hands over (issue 8)."""

import fcntl
import os
import shutil
import signal
import socket
import time

from harness import *
from lib.ctl import CONTROL, Ctl

origin = Origin()


class Manager:
    """The receiving end of sd_notify(3)."""

    def __init__(self, name):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(name.replace("@", "\0"))
        self.sock.settimeout(10 * SLOW)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

    def next(self):
        """({name: value}, the sender's pid) of one message."""
        data, control, _, _ = self.sock.recvmsg(4096, socket.CMSG_SPACE(12))
        pid = int.from_bytes(control[0][2][:4], "little")
        lines = data.decode().split("\n")
        assert all("=" in line for line in lines), data
        return dict(line.split("=", 1) for line in lines), pid

    def until(self, name):
        """The next message with that name; those before it are dropped."""
        while True:
            message, pid = self.next()
            if name in message:
                return message, pid


class Managed(Pound):
    """A Pound whose environment has more in it, and descriptors to hand over."""

    def __init__(self, config, env, sockets=(), mode="", **options):
        super().__init__(config, mode=mode, wait=None, **options)
        self.env.update({name: value.replace("@folder@", self.folder)
                         for name, value in env.items()})
        self.sockets = sockets

    def start(self, wait=True):
        """Descriptors from 3 on, and LISTEN_PID, need somebody between the two."""
        if self.sockets:
            # Copies with numbers that are not in the way.
            self.pass_fds = [fcntl.fcntl(s.fileno(), fcntl.F_DUPFD, 100) for s in self.sockets]
            text = "import os\nfor to, fd in enumerate(%r, 3): os.dup2(fd, to)\n" % self.pass_fds
            text += "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='%d')\n" % len(
                self.sockets)
            text += "os.closerange(100, 200)\nos.execv(%r, %r)\n" % (self.args[0], self.args)
            self.args = ["/usr/bin/python3", "-c", text]
        super().start(wait)
        for fd in self.pass_fds:
            os.close(fd)


def managed(config, **env):
    """(Pound that tells a Manager, the Manager)"""
    pound = Managed(config, {"NOTIFY_SOCKET": "@folder@/notify", **env})
    manager = Manager(pound.folder + "/notify")
    pound.start()
    return pound, manager


def test_ready_reloading_stopping():
    """In the foreground, by the supervisor, whose number stays the same."""
    pound, manager = managed("Daemon 1\nLogFacility -\n" + CONTROL + simple(origin))
    message, pid = manager.next()
    equal((message["READY"], pid), ("1", pound.process.pid))
    assert "serving on 1 listener;" in message["STATUS"], message
    before = time.monotonic_ns() // 1000
    Ctl(pound).good("reload")
    message, pid = manager.next()
    equal((message["RELOADING"], pid), ("1", pound.process.pid))
    assert before <= int(message["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    message, _ = manager.next()
    assert message["READY"] == "1" and "1 reload," in message["STATUS"], message
    pound.send_signal(signal.SIGTERM)
    equal(manager.next()[0]["STOPPING"], "1")
    pound.wait_exit()
    pound.stop()


def test_a_reload_that_is_refused_is_over():
    """READY again, and the status says why."""
    pound, manager = managed(simple(origin))
    manager.until("READY")
    pound.rewrite("Nonsense 1\n" + simple(origin))
    pound.send_signal(signal.SIGUSR2)
    manager.until("RELOADING")
    message, _ = manager.next()
    equal(message["READY"], "1")
    assert "refused: %s line 1: " % pound.config in message["STATUS"], message
    pound.stop()


def test_the_status_follows():
    """Of a worker that dies."""
    pound, manager = managed(simple(origin))
    pound.crash_expected = True
    manager.until("READY")
    os.kill(pound.worker_pid(), signal.SIGKILL)
    assert "died" in manager.next()[0]["STATUS"]
    assert "1 restart" in manager.next()[0]["STATUS"]
    pound.stop()


def test_abstract_socket_and_hup():
    name = "@pound-test-%d" % os.getpid()
    pound = Managed(simple(origin), {"NOTIFY_SOCKET": name})
    manager = Manager(name)
    pound.start()
    manager.until("READY")
    pound.send_signal(signal.SIGHUP)
    assert "STOPPING" in manager.next()[0]
    pound.wait_exit()
    pound.stop()


def test_nobody_listens():
    """A manager that cannot be told anything stops nothing."""
    pound = Managed(simple(origin), {"NOTIFY_SOCKET": "/nonexistent"}, mode="-e")
    pound.start()
    pound.wait_log("NOTIFY_SOCKET /nonexistent")
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    pound.stop()


def test_watchdog():
    """A sign of life twice as often as it is wanted; not for another process."""
    pound, manager = managed(simple(origin), WATCHDOG_USEC="400000")
    manager.until("READY")
    begin = time.monotonic()
    for _ in range(4):
        manager.until("WATCHDOG")
    assert 0.55 < elapsed(begin) < 1.6 * SLOW, elapsed(begin)
    pound.send_signal(signal.SIGUSR2)
    waits = [int(manager.until("WATCHDOG_USEC")[0]["WATCHDOG_USEC"]) for _ in range(2)]
    assert waits[0] > 60000000, "patience while the files are read: %r" % waits
    equal(waits[1], 400000, "and as before then")
    pound.stop()
    pound, manager = managed(simple(origin), WATCHDOG_USEC="100000", WATCHDOG_PID="1")
    manager.until("READY")
    manager.sock.settimeout(0.4)
    try:
        raise AssertionError("a sign of life for somebody else: %r" % (manager.next(),))
    except TimeoutError:
        pass
    pound.stop()


def listening(host="127.0.0.1"):
    sock = socket.socket()
    sock.bind((host, 0))
    sock.listen(64)
    return sock


def test_socket_activation():
    """By address; what is connected before the start and after the end is not lost."""
    one, two, unused = listening(), listening(), listening()
    text = SHORT
    for sock in two, one:
        text += block("ListenHTTP", "Address 127.0.0.1", "Port %d" % sock.getsockname()[1],
                      service(backend(origin))) + "\n"
    pound = Managed(text, {}, [one, unused, two], mode="-e")
    early = Client(one.getsockname()[1])
    early.request()
    pound.start()
    for sock in one, two:
        equal(ask(sock.getsockname()[1], build("GET", "/", [], None, "1.1")).status, 200)
    equal(early.answer().status, 200)
    pound.wait_log(r"the service manager listens on 127.0.0.1:%d" % unused.getsockname()[1])
    pound.reload(text + listener(service(backend(origin))) + "\n")
    for port in one.getsockname()[1], two.getsockname()[1], pound.port:
        equal(ask(port, build("GET", "/", [], None, "1.1")).status, 200)
    pound.reload(text)
    pound.send_signal(signal.SIGHUP)
    pound.wait_exit()
    late = Client(one.getsockname()[1])
    late.request()
    one.settimeout(5)
    accepted, _ = one.accept()
    assert accepted.recv(100).startswith(b"GET /")
    pound.stop()


def test_upgrade_keeps_the_manager():
    """Another program in the same process is told of, and has the same sockets."""
    one = listening()
    text = SHORT + block("ListenHTTP", "Address 127.0.0.1", "Port %d" % one.getsockname()[1],
                         service(backend(origin))) + "\n"
    pound = Managed(text, {"NOTIFY_SOCKET": "@folder@/notify"}, [one], mode="-e")
    manager = Manager(pound.folder + "/notify")
    own = pound.args[0] = pound.folder + "/pound"
    shutil.copy(binary(), own)
    pound.start()
    equal(manager.until("READY")[1], pound.process.pid)
    for _ in range(2):
        shutil.copy(binary(), own + ".new")
        os.rename(own + ".new", own)
        pound.reload()
        manager.until("RELOADING")
        equal(manager.until("READY")[1], pound.process.pid)
        assert os.path.samefile("/proc/%d/exe" % pound.process.pid, own)
        equal(ask(one.getsockname()[1], build("GET", "/", [], None, "1.1")).status, 200)
    pound.send_signal(signal.SIGHUP)
    manager.until("STOPPING")
    pound.wait_exit()
    late = Client(one.getsockname()[1])
    late.request()
    one.settimeout(5)
    assert one.accept()[0].recv(100).startswith(b"GET /")
    pound.stop()


def test_sockets_of_another_process():
    """LISTEN_PID names somebody else: nothing is taken."""
    one = listening()
    text = SHORT + block("ListenHTTP", "Address 127.0.0.1", "Port %d" % one.getsockname()[1],
                         service(backend(origin))) + "\n"
    code, _, err = run("-e", config=text, env={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    equal(code, 1)
    assert "cannot listen" in err, err


main()
