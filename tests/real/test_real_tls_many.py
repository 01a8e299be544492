#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""10,000 handshakes, 1,000 that go no further, 2,000 idle connections over TLS."""

import subprocess
import threading
import time

from peers import *
from lib.tls import *

SHAKES = number("REAL_HANDSHAKES", 10000)
HALF = number("REAL_HALF", 1000)
IDLE = number("REAL_IDLE", 2000)
CLIENT = 4
MIB = 1 << 20
MORE = 2048  # bytes of ours beside OpenSSL's, for a connection

origin = Origin(reply(b"ok"))
back = service(backend(origin, "KeepConnections 0"))
pound = Pound("Threads 4\nTimeOut 10\nLogLevel 0\n" + https(
    cert(), "Client %d" % CLIENT, back) + https(cert(), "Client 600", back, port="idle"))
clients = Role("tls", root().pem)


def ask(*words, timeout=60):
    return clients.ask(*words, timeout=timeout)[0]


def state():
    """(memory of all processes, descriptors and threads of the worker)"""
    worker = pound.worker_pid()
    with open("/proc/%d/status" % worker) as file:
        threads = int(re.search(r"Threads:\s*(\d+)", file.read()).group(1))
    return pss_of_tree(pound.pid), len(os.listdir("/proc/%d/fd" % worker)), threads


def settled():
    """When memory has not changed for a second and nobody is connected."""
    old, now = -1, state()
    while abs(now[0] - (old if old == -1 else old[0])) > MIB // 16 or now[1:] != old[1:]:
        time.sleep(1)
        old, now = now, state()
    return now


def is_flat(before, what):
    """Memory goes back within seconds when a crowd has left."""
    def now():
        found = state()
        return found[1:] == before[1:] and found[0] <= max(before[0] * 1.05, before[0] + MIB)
    try:
        until(now, "memory, descriptors and threads as before", 15, 0.5)
    finally:
        after = state()
        say("%s: %.2f MiB, %d descriptors, %d threads before; %.2f, %d, %d after", what,
            before[0] / MIB, *before[1:], after[0] / MIB, *after[1:])


def shake(count):
    """count handshakes of all kinds, a tenth of which fail."""
    each_one = count // 10
    for version, tickets, times in (("1.3", True, 4), ("1.2", True, 3), ("1.2", False, 2)):
        equal(ask("shake", pound.port, each_one * times, version, ["h.test"], tickets,
                          timeout=200), each_one * times, "good ones of %s" % version)
    equal(ask("fail", pound.port, each_one, "1.3", timeout=60), each_one, "failed ones")
    origin.take()


def test_handshakes():
    shake(SHAKES // 10)
    # sessions by id are remembered, 4,096 of them: as many have to be there before
    left = 4200 - SHAKES // 50
    equal(ask("shake", pound.port, left, "1.2", ["h.test"], False, timeout=200), left)
    origin.take()
    before, begin = settled(), time.monotonic()
    shake(SHAKES)
    say("%d handshakes in %.1f s", SHAKES, elapsed(begin))
    is_flat(before, "%d handshakes" % SHAKES)


# --- Half a handshake ------------------------------------------------------------


def test_half_open():
    """Others are served as ever, and each is cut after Client seconds (A.4 13)."""
    before, times, stop = settled(), {False: [], True: []}, threading.Event()
    halves = []

    def others():
        while not stop.is_set():
            begin = time.monotonic()
            with TlsClient(pound.port) as client:
                equal(client.get().status, 200)
            times[len(halves) > 0].append(elapsed(begin))
            time.sleep(0.02)
    thread = threading.Thread(target=others, daemon=True)
    thread.start()
    time.sleep(2)
    for version in ("1.2", "1.3"):
        halves.append(ask("half", pound.port, HALF // 2, version, "h.test"))
    took = ask("ends", 6 * CLIENT, timeout=8 * CLIENT)
    stop.set()
    thread.join()
    origin.take()
    equal((len(took), took.count(None)), (HALF, 0), "were cut")
    say("%d cut after %.2f to %.2f s; others: median %.1f ms before, %.1f ms beside them", HALF,
        min(took), max(took), median(times[False]) * 1e3, median(times[True]) * 1e3)
    assert min(took) >= CLIENT - 0.1, "cut too early"
    assert max(took) <= 2 * CLIENT * SLOW, "cut too late"
    assert len(times[True]) > 20 and median(times[True]) < 0.25 * SLOW, times[True]
    equal(ask("close"), HALF)
    is_flat(before, "half-open ones")


def median(values):
    return sorted(values)[len(values) // 2]


# --- Idle connections ------------------------------------------------------------


def bare():
    """{version: bytes that OpenSSL itself takes for a connection}"""
    program = compile_c("bench/tls_memory", "-lssl", "-lcrypto")
    text = subprocess.run([program, cert().pem], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {version: int(re.search(r"(\d+) bytes .*TLS %s" % version, text).group(1))
            for version in ("1.2", "1.3")}


def test_idle():
    """2 KiB more than OpenSSL takes, after the handshake and after a request."""
    theirs = bare()
    where = pound.ports["idle"]
    # what a first crowd leaves behind is there already
    equal(ask("hold", where, IDLE, "1.2", "h.test", True, timeout=120), IDLE, "good")
    ask("close")
    origin.take()

    def one(_, version, used):
        before = settled()
        equal(ask("hold", where, IDLE, version, "h.test", used, timeout=120), IDLE, "good")
        during = settled()
        ours = (during[0] - before[0]) / IDLE
        say("%s, %s: %d bytes each, %d of them OpenSSL's", version,
            "after a request" if used else "after the handshake", ours, theirs[version])
        equal(ask("close"), IDLE)
        origin.take()
        is_flat(before, "idle ones")
        assert SLOW > 1 or ours <= theirs[version] + MORE, "%d bytes of ours" % (ours - theirs[version])
    each([("%s %s" % (version, used), version, used)
          for version, used in (("1.2", False), ("1.3", False), ("1.3", True))], one)


main(limit=290)
