#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Composed never means rearranged: order, spelling, repetition, bytes."""

from harness import *

origin = Origin()

FIELDS = [
    ("hOsT", "H.Test"), ("X-b", "2"), ("x-A", "1"), ("Cookie", "b=2; a=1"), ("X-B", "3"),
    ("ACCEPT", "*/*;q=0.1,text/html"), ("X-a", "1"), ("X-Tabs", "a\t\tb"), ("x-a", "0"),
    ("Cookie", "c=\xff\xfe"), ("X-Colon", "::"), ("X-Empty", ""), ("X-Quote", '"a, b"; c="d"'),
    ("x_under", "score"), ("User-Agent", "A/1 (b; c)"), ("Referer", "http://x/?y#z"),
    ("If-None-Match", 'W/"1", "2"'), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("X-b", "2"),
]


@once
def pound():
    return Pound(simple(origin, listen='AddHeader "X-Added: 1"'))


def lines(fields):
    return ["%s: %s" % field for field in fields]


def test_requests():
    with Client(pound().port) as client:
        equal(client.get("/", *lines(FIELDS)).status, 200)
    equal(origin.one().fields, FIELDS + [("X-Added", "1"), ("X-Forwarded-For", "127.0.0.1")])


def test_requests_with_a_body():
    """The framing field stays where it stood, too."""
    raw = build("POST", "/", lines(FIELDS[:5]) + ["CONTENT-length: 3"] + lines(FIELDS[5:]),
                None, "1.1")
    with Client(pound().port) as client:
        equal(client.send(raw + b"abc").answer().status, 200)
    request = origin.one()
    equal([f for f in request.fields if f[0].lower() != "content-length"][:len(FIELDS)], FIELDS)
    equal(request.body, b"abc")


def test_responses():
    fields = [(n, v) for n, v in FIELDS if n not in ("hOsT",)]
    fields[3:3] = [("Set-Cookie", "a=1"), ("sEt-cookie", "b=2"), ("Set-Cookie", "a=1")]
    origin.answer = reply(b"ok", *lines(fields))
    with Client(pound().port) as client:
        response = client.get()
    equal([f for f in response.fields if f[0] != "Content-Length"], fields)
    origin.answer = OK
    origin.take()


def test_hundred_fields():
    fields = [("X-%d" % (i * 7919 % 100), str(i)) for i in range(100)]
    with Client(pound().port) as client:
        equal(client.get("/", *lines(fields)).status, 200)
    equal(origin.one().fields[1:101], fields)


def test_spelling_of_the_reason():
    for start in ("404 Nicht  gefunden", "200 \xfcber", "500 a: b"):
        origin.answer = ("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % start).encode("latin-1")
        with Client(pound().port) as client:
            equal(client.get().start, "HTTP/1.1 " + start)
    origin.answer = OK
    origin.take()


main()
