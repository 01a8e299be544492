#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only well-formed requests pass: strict-http 1 to 6 and 9, by a table and by
every byte in every place.  TEST_PROBE=all sends the bytes in every way."""

import os

from harness import *
from lib.probe import WAYS, Probe
from lib.probe_bytes import PLACES
from lib.probe_requests import CASES, UNFINISHED

EVERY = os.environ.get("TEST_PROBE") == "all"


@once
def probe():
    return Probe()


def test_there_are_enough():
    assert len(CASES) >= 250
    equal(len({case[1:2] + case[3:] for case in CASES}), len(CASES), "cases that differ")


def in_every_way(tls):
    small = [case for case in CASES if len(case[1]) < 600]
    jobs = [(case, way, tls) for way in WAYS for case in (small if way == "bytewise" else CASES)]
    probe().run(jobs)


def test_table():
    in_every_way(False)


def test_table_over_tls():
    in_every_way(True)


def test_unfinished():
    """They wait for the rest, and then it is too late: never a shorter body."""
    lane = probe().lanes[0]

    def unfinished(_, raw):
        with probe().connect(lane, False, "main") as client:
            equal(client.send(raw).answer().status, 408)
            client.expect_close()
    each(UNFINISHED, unfinished, together=True)
    equal(lane.origin.take(), [])
    probe().passed += len(UNFINISHED)


def byte_jobs():
    """Each case in one way and on one transport, in turn; or in all."""
    for number, case in enumerate(case for place in PLACES for case in place()):
        for turn in range(6) if EVERY else [number % 13]:
            yield case, WAYS[turn % 3], turn == 5


def test_every_byte_in_every_place():
    jobs = list(byte_jobs())
    assert len(jobs) >= 256 * 30, len(jobs)
    probe().run(jobs)


def test_zz_worker_has_lived():
    probe().finish()


main(limit=600 if EVERY else 100)
