#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""Shared back-end connections never cross, whoever misbehaves."""

import collections
import time

from peers import *

EXCHANGES = int(number("REAL_EXCHANGES", 100000) / SLOW)
CLIENTS = 64
CROWDS = 2

servers = [Role.server("server", n) for n in range(2)]
pound = Pound("Client 10\nTimeOut 10\nAlive 1\nLogLevel 0\n"
              + listener(service(*[backend(server) for server in servers])) + "\n")


def add(reports):
    """Counters and violations of several processes."""
    total, violations = collections.Counter(), []
    for count, wrong, *_ in reports:
        total.update(count)
        violations += wrong
    return total, violations


def crowds():
    share = CLIENTS // CROWDS
    found = [Role("crowd", pound.port, n * share, (n + 1) * share, EXCHANGES // CROWDS)
             for n in range(CROWDS)]
    for crowd in found:
        crowd.tell("go")
    return add([crowd.hear(350) for crowd in found])


def test_each_answer_belongs_to_its_request():
    begin = time.monotonic()
    clients, wrong = crowds()
    reports = [server.ask("report") for server in servers]
    deeds, wrong_there = add(reports)
    say("%.0f s; clients: %s", elapsed(begin), dict(clients))
    say("back-ends: %s", dict(deeds))
    assert not wrong + wrong_there, "\n".join((wrong + wrong_there)[:10])
    assert clients["good"] >= EXCHANGES, "only %d good exchanges" % clients["good"]
    posts = collections.Counter(name for report in reports for name in report[2])
    twice = [name for name, times in posts.items() if times > 1]
    assert not twice, "sent twice: POST %r" % twice[:5]
    failed_by_others(clients, deeds)


def failed_by_others(clients, deeds):
    """No exchange failed but by a deed of a back-end."""
    refused = {what: n for what, n in clients.items() if what.startswith("refused")}
    allowed = deeds["silent"] + deeds["leave"]
    assert set(refused) <= {"refused 502"}, refused
    assert sum(refused.values()) <= allowed, "%r refused, %d allowed" % (refused, allowed)
    assert clients["cut"] <= deeds["cut"] + 5, "%d cut, %d cut by back-ends" % (
        clients["cut"], deeds["cut"])


main(limit=380)
