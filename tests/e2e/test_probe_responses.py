#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing ambiguous reaches a client: strict-http 8, by a table and by every
byte in every place of an answer.  TEST_PROBE=all sends the bytes in every way."""

import os

from harness import *
from lib.probe import WAYS
from lib.probe_answers import AnswerProbe
from lib.probe_responses import CASES, PLACES, with_byte

EVERY = os.environ.get("TEST_PROBE") == "all"


@once
def probe():
    return AnswerProbe()


def test_there_are_enough():
    assert len(CASES) >= 60
    equal(len({case[1:2] + case[3:] for case in CASES}), len(CASES), "cases that differ")


def in_every_way(tls):
    small = [case for case in CASES if len(case[1]) < 600]
    probe().run((case, way, tls) for way in WAYS
                for case in (small if way == "bytewise" else CASES))


def test_table():
    in_every_way(False)


def test_table_over_tls_on_both_sides():
    in_every_way(True)


def byte_jobs():
    """The back-end closes behind each answer, so that all have an end."""
    cases = (case for name, form in PLACES for case in with_byte(name, form))
    for number, case in enumerate(cases):
        for turn in range(6) if EVERY else [number % 13]:
            yield (*case, "closes"), WAYS[turn % 3], turn == 5


def test_every_byte_in_every_place():
    jobs = list(byte_jobs())
    assert len(jobs) >= 256 * 30, len(jobs)
    probe().run(jobs)


def test_zz_worker_has_lived():
    probe().finish()


main(limit=600 if EVERY else 100)
