#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weighted random choice by Priority: B.6.1."""

from harness import *

DRAWS = 1000
origins = [Origin(reply(b"%d" % i)) for i in range(4)]


def draw(weights, count=DRAWS):
    """How often each of the back-ends answers."""
    back = [backend(origins[i], *(["Priority %d" % w] if w else []))
            for i, w in enumerate(weights)]
    front = Pound(SHORT + listener(service(*back)) + "\n")
    got = [0] * len(weights)
    with Client(front.port) as client:
        for _ in range(count):
            got[int(client.get().body)] += 1
    front.stop()
    for origin in origins:
        origin.take()
    return got


def near(got, share, count=DRAWS):
    """Within five standard deviations."""
    sigma = (count * share * (1 - share)) ** 0.5
    return abs(got - count * share) <= 5 * sigma + 1


def test_weights():
    def weights(values):
        total = sum(w or 5 for w in values)
        got = draw(values)
        assert all(near(g, (w or 5) / total) for g, w in zip(got, values)), got
    each([((1, 9),), ((1, 1),), ((None, 5),), ((1, 2, 3, 4),), ((9, 9, 9, 9),)], weights)


def test_disabled_has_no_weight():
    front = Pound(SHORT + listener(service(
        backend(origins[0], "Priority 1"), backend(origins[1], "Priority 9", "Disabled 1"),
        backend(origins[2], "Priority 1"))) + "\n")
    with Client(front.port) as client:
        got = [int(client.get().body) for _ in range(400)]
    assert got.count(1) == 0 and near(got.count(0), 0.5, 400), got.count(0)
    front.stop()


def test_every_connection_draws():
    """Not only within one client connection."""
    front = Pound(SHORT + listener(service(
        backend(origins[0]), backend(origins[1]))) + "\n")
    got = [int(ask(front.port, build("GET", "/", [], None, "1.1")).body) for _ in range(200)]
    assert near(got.count(0), 0.5, 200), got.count(0)
    front.stop()


main()
