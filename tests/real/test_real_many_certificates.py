#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 200
"""10,000 certificates in one listener: the start takes less than 15 seconds, and a handshake
costs no more than where there is one."""

import subprocess
import time

from peers import *
from lib.tls import *

COUNT = number("REAL_CERTS", 10000)
START = 15
ROUNDS, SHAKES = 20, 60

origin = Origin(reply(b"ok"))
folder = Peer(None).folder
os.mkdir(folder + "/many")
AUTHORITY = subprocess.run(
    [compile_c("many_certs", "tls_certs", "-lcrypto"), folder + "/many", str(COUNT)], check=True,
    stdout=subprocess.PIPE).stdout
CA = pki.write("many.ca", AUTHORITY)
ONE = folder + "/many/00000.pem"
begin = time.monotonic()
back = service(backend(origin))
pound = Pound("LogLevel 0\nThreads 2\n" + https(folder + "/many", back) + https(ONE, back, port="one"),
              wait=False)
until(lambda: os.path.exists(pound.pid_file), "a Pound that is ready", START)
pound.wait_accepting()
took = elapsed(begin)
clients = Role("tls", CA)


def test_start():
    say("%d certificates: ready after %.2f s", COUNT, took)
    assert took < START * SLOW ** 2, "%.1f s" % took


def test_each_its_own():
    """The right one for a name from anywhere in the list; the first for any other."""
    context = client_context(ca=CA)
    for number in sorted({0, 1, 255, 4096, COUNT // 2, COUNT - 1}):
        with TlsClient(pound.port, context, "host%05d.test" % number) as client:
            equal(client.tls.getpeercert()["subject"][0][0][1], "host%05d.test" % number)
    with TlsClient(pound.port, context, "other.test") as client:
        equal(client.tls.getpeercert()["subject"][0][0][1], "host00000.test")


def processor_ns():
    """What the worker's threads have used so far."""
    worker, total = pound.worker_pid(), 0
    for task in os.listdir("/proc/%d/task" % worker):
        with open("/proc/%d/task/%s/schedstat" % (worker, task)) as file:
            total += int(file.read().split()[0])
    return total


def cost(port, names):
    """Nanoseconds of SHAKES full handshakes, each with a request."""
    before = processor_ns()
    equal(clients.ask("shake", port, SHAKES, "1.3", names), [SHAKES], "good ones")
    origin.take()
    return processor_ns() - before


def test_handshakes_cost_the_same():
    """By turns, names from all over the list; of each the cheapest rounds, for whatever
    else runs on the machine only adds."""
    step = max(1, COUNT // (ROUNDS * SHAKES))
    names = ["host%05d.test" % (n % COUNT) for n in range(0, ROUNDS * SHAKES * step, step)]
    cost(pound.port, names[:SHAKES]), cost(pound.ports["one"], names[:1])
    alone, among = [], []
    for i in range(ROUNDS):
        alone.append(cost(pound.ports["one"], names[:1]))
        among.append(cost(pound.port, names[i * SHAKES:(i + 1) * SHAKES]))
    one, many = (sum(sorted(costs)[:ROUNDS // 4]) / (ROUNDS // 4) / SHAKES / 1e3
                 for costs in (alone, among))
    say("a handshake with a request: %.0f us with one, %.0f us among %d; ratio %.3f", one, many,
        COUNT, many / one)
    assert many / one < 1.1 or SLOW > 1, "ratio %.3f" % (many / one)


main(limit=190)
