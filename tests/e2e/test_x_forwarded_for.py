#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""X-Forwarded-For: one field, the real peer last (A.2 11)."""

from harness import *

origin = Origin()


@once
def pound():
    return Pound(simple(origin) + listener(service(backend(origin)), port="six", host="::1"))


CASES = [  # what the client sends, what the back-end receives
    ([], "127.0.0.1"),
    (["6.6.6.6"], "6.6.6.6, 127.0.0.1"),
    (["6.6.6.6, 7.7.7.7"], "6.6.6.6, 7.7.7.7, 127.0.0.1"),
    (["6.6.6.6", "6.6.6.6"], "6.6.6.6, 6.6.6.6, 127.0.0.1"),
    (["1.1.1.1", "2.2.2.2, 3.3.3.3", "4.4.4.4"],
     "1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4, 127.0.0.1"),
    ([""], "127.0.0.1"), (["", "6.6.6.6", ""], "6.6.6.6, 127.0.0.1"),
    (["unknown, x y"], "unknown, x y, 127.0.0.1"), (["2001:db8::1"], "2001:db8::1, 127.0.0.1"),
    (["127.0.0.1"], "127.0.0.1, 127.0.0.1"),
]


def test_one_field():
    def one(values, wanted):
        with Client(pound().port) as client:
            client.get("/", *["X-Forwarded-For: " + value for value in values])
        request = origin.one()
        equal(request.all("X-Forwarded-For"), [wanted])
        equal(request.names()[-1], "X-Forwarded-For", "last field")
    each(CASES, one)


def test_any_case_and_twins():
    with Client(pound().port) as client:
        client.get("/", "x-forwarded-for: 6.6.6.6", "X_Forwarded_For: 7.7.7.7")
    request = origin.one()
    equal(request.all("X-Forwarded-For"), ["6.6.6.6, 127.0.0.1"])
    assert not [n for n in request.names() if "_" in n]


def test_ipv6_client():
    with Client(pound().ports["six"], host="::1") as client:
        client.get("/", "X-Forwarded-For: 6.6.6.6")
    equal(origin.one().all("X-Forwarded-For"), ["6.6.6.6, ::1"])


def test_not_anonymised():
    front = Pound("Anonymise\n" + simple(origin))
    with Client(front.port) as client:
        client.get()
    equal(origin.one().get("X-Forwarded-For"), "127.0.0.1")
    front.stop()


main()
