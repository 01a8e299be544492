#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines with a Pound each, Debian's keepalived with our sample between them, and one
address. Each machine is a network name space; a bridge joins them with the clients and the
back-ends, which are here. Needs root."""

import ctypes
import signal
import subprocess
import threading
import time

from peers import *

ETC = os.path.join(HERE, "..", "..", "etc")
NET = "10.77.0"
HERE_IP, SHARED, PORT = NET + ".1", NET + ".80", 8080
KEYS = ["key%d" % i for i in range(40)]
CLONE_NEWNET = 0x40000000
MOVES_IN = 10  # two failed checks of a second each, or three advertisements, and half of it more


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def build_network():
    """From now on this process, and what it starts, is in a name space of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    ip("link", "set", "lo", "up")
    ip("link", "add", "lan", "type", "bridge", "mcast_snooping", "0")
    ip("addr", "add", HERE_IP + "/24", "dev", "lan")
    ip("link", "set", "lan", "up")


def name(number):
    """A back-end that says which it is."""
    return Origin(lambda request: reply(b"back-end %d" % number), host=HERE_IP)


class Machine:
    """A name space with an address, a Pound and a keepalived."""

    def __init__(self, name, host, state, priority):
        self.name, self.state, self.priority = name, state, priority
        self.holder = Peer(["unshare", "--net", "sleep", "600"]).start()
        until(lambda: os.readlink("/proc/%d/ns/net" % self.pid) !=
              os.readlink("/proc/self/ns/net"), "name space")
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.pid))
        ip("link", "set", name, "master", "lan", "up")
        self.ip("link", "set", "lo", "up")
        self.ip("addr", "add", host + "/24", "dev", "eth0")
        self.ip("link", "set", "eth0", "up")
        self.pound = self.keepalived = None

    @property
    def pid(self):
        return self.holder.process.pid

    @property
    def inside(self):
        return ["nsenter", "--net=/proc/%d/ns/net" % self.pid]

    def ip(self, *args):
        subprocess.run(self.inside + ["ip", *args], check=True)

    def start_pound(self):
        text = 'Control "@folder@/control"\n' + SHORT + listener(service(
            *(backend(origin) for origin in origins),
            block("Session", "Type COOKIE", 'ID "who"', "TTL -1")), host=SHARED)
        self.pound = Pound(text.replace("@main@", str(PORT)), wait=None, crash=True)
        self.pound.args = self.inside + self.pound.args
        self.pound.start(wait=False)
        self.pound.wait_log(" serves")

    def start_keepalived(self):
        """With our sample: its address, interface and paths are those of here."""
        self.keepalived = Peer(None)
        folder = self.keepalived.folder
        check = os.path.join(folder, "check")
        with open(check, "w") as file:
            file.write("#!/bin/sh\nPATH=%s:$PATH exec %s %s/control\n" % (
                os.path.dirname(binary()), os.path.join(ETC, "keepalived", "check_pound"),
                self.pound.folder))
        os.chmod(check, 0o700)
        with open(os.path.join(ETC, "keepalived", "keepalived.conf")) as file:
            text = file.read()
        for old, new in (("/etc/keepalived/check_pound", check), ("192.0.2.80", SHARED),
                         ("state MASTER", "state " + self.state),
                         ("priority 150", "priority %d" % self.priority)):
            assert old in text, old
            text = text.replace(old, new)
        # Folders below /tmp may be anybody's, so the check would not be run.
        text = text.replace("\tenable_script_security\n", "")
        with open(os.path.join(folder, "keepalived.conf"), "w") as file:
            file.write(text)
        self.keepalived.command = self.inside + [
            "keepalived", "--dont-fork", "--log-console", "--vrrp",
            "--use-file=" + folder + "/keepalived.conf", "--pid=" + folder + "/pid",
            "--vrrp_pid=" + folder + "/vrrp.pid"]
        self.keepalived.more = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.keepalived.start()

    def has_address(self):
        said = subprocess.run(self.inside + ["ip", "-o", "addr", "show", "dev", "eth0"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        return SHARED + "/" in said

    def kill_pound(self):
        """All of it at once, as when the machine is gone."""
        for pid in [self.pound.process.pid] + self.pound.children():
            os.kill(pid, signal.SIGKILL)
        self.pound.process.wait()


class Load(threading.Thread):
    """Clients that ask one after the other, each with its key, a connection a request."""

    def __init__(self):
        super().__init__(daemon=True)
        self.where, self.wrong, self.failed, self.served = {}, [], 0, 0
        self.last, self.longest, self.ended = time.monotonic(), 0, False
        self.start()

    def ask(self, key):
        with Client(PORT, host=SHARED, timeout=1) as client:
            answer = client.get("/", "Cookie: who=" + key)
        assert answer.status == 200, answer.status
        return answer.body

    def run(self):
        while not self.ended:
            for key in KEYS:
                try:
                    found = self.ask(key)
                except (OSError, Truncated, AssertionError):
                    self.failed += 1
                    time.sleep(0.02)
                    continue
                now = time.monotonic()
                self.longest = max(self.longest, now - self.last)
                self.last = now
                self.served += 1
                if self.where.setdefault(key, found) != found:
                    self.wrong.append((key, self.where[key], found))

    def goes_on(self, machine):
        """All keys were served after the address came to that machine."""
        before = self.served
        until(lambda: self.served >= before + len(KEYS), "clients served by " + machine.name, 20)


build_network()
origins = [name(number) for number in range(3)]
first, second = (Machine("first", NET + ".11", "MASTER", 150),
                 Machine("second", NET + ".12", "BACKUP", 100))


def moves(load, to, what):
    begin, load.longest = time.monotonic(), 0
    until(to.has_address, "the address on " + to.name, MOVES_IN)
    took = time.monotonic() - begin
    load.goes_on(to)
    say("%s: the address moved in %.1f s, clients waited %.1f s, %d keys, %d served, %d failed",
        what, took, load.longest, len(load.where), load.served, load.failed)
    equal(load.wrong, [], "keys that changed their back-end")


def test_starts_without_the_address():
    """Neither machine has it yet: it is bound, with a warning."""
    for machine in (first, second):
        machine.start_pound()
        assert not machine.has_address()
        machine.pound.wait_log(SHARED.replace(".", r"\."))
        equal(machine.pound.process.poll(), None)


def test_moves():
    """Pound of the master killed, and back; then the whole machine off the net."""
    for machine in (first, second):
        machine.start_keepalived()
    until(first.has_address, "the address on the master", 2 * MOVES_IN)
    load = Load()
    load.goes_on(first)
    equal(len(set(load.where.values())), 3, "back-ends in use")
    first.kill_pound()
    moves(load, second, "Pound of the master killed")
    assert not first.has_address()
    first.pound.stop()
    first.start_pound()
    first.keepalived.kill(signal.SIGTERM)
    first.start_keepalived()
    moves(load, first, "the master is back")
    ip("link", "set", "first", "down")
    moves(load, second, "the master is off the net")
    load.ended = True
    load.join(5)
    equal(load.wrong, [])
    first.keepalived.kill(signal.SIGTERM)
    second.keepalived.kill(signal.SIGTERM)
    for machine in (first, second):
        machine.pound.stop()


main()
