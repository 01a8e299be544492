#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies of our own: A.2 1 to 9, B.7.2."""

import re
import time

from harness import *

origin = Origin()
CODES = (400, 408, 413, 414, 417, 431, 500, 501, 502, 503, 504, 505)
REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long",
           417: "Expectation Failed", 431: "Request Header Fields Too Large",
           500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout",
           505: "HTTP Version Not Supported"}
INTERNAL = b"An internal server error occurred. Please try again later."


def listen(port, *errors):
    """A listener on which every status can be provoked, by path or shape."""
    return listener(
        "Client 1", "MaxRequest 10", "MaxURI 8192", *errors,
        service('URL "^/502"', backend(bad)), service('URL "^/504"', backend(mute, "TimeOut 1")),
        service('URL "^/500(a|aa)+$"', backend(origin)),
        service('URL "^/ok"', backend(origin)), port=port)


bad = Origin(b"rubbish\r\n\r\n")
mute = Origin(lambda request: None)


@once
def pound():
    files = {"err%d" % code: b"<p>file %d</p>\n" % code for code in CODES}
    full = ['Err%d "@folder@/err%d"' % (code, code) for code in CODES]
    classic = ['Err%d "@folder@/err%d"' % (code, code) for code in (414, 500, 501, 503)]
    return Pound(SHORT + "\n".join([listen("plain"), listen("full", *full),
                                    listen("classic", *classic)]) + "\n", files=files)


def get(path, *fields, version="1.1"):
    return build("GET", path, list(fields), None, version)


CASES = [
    (400, b"GET  / HTTP/1.1\r\nHost: h.test\r\n\r\n"),
    (408, b"GET / HT"),
    (413, build("POST", "/ok", ["Content-Length: 11"], None, "1.1")),
    (414, get("/" + "u" * 9000)),
    (417, get("/ok", "Expect: x")),
    (431, get("/ok", "X: " + "v" * 9000)),
    (500, get("/500" + "a" * 60 + "!")),
    (501, b"BREW / HTTP/1.1\r\nHost: h.test\r\n\r\n"),
    (502, get("/502")),
    (503, get("/nowhere")),
    (504, get("/504")),
    (505, b"GET / HTTP/2.0\r\nHost: h.test\r\n\r\n"),
]


def errors(port, raw, method="GET"):
    with Client(pound().ports[port]) as client:
        answer = client.send(raw).answer(method)
        equal(client.rest(), b"", "bytes after the reply")
    return answer


def test_shape():
    """HTTP/1.1 with its fields, and then the connection closes."""
    def shape(status, raw):
        answer = errors("plain", raw)
        equal(answer.status, status)
        if status in REASONS:
            equal(answer.reason, REASONS[status])
        equal((answer.get("Connection"), answer.get("Cache-Control"), answer.framing),
              ("close", "no-store", "length"))
        assert answer.get("Content-Type").startswith("text/html")
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.get("Date"))
        now = time.strftime("%a, %d %b %Y %H:", time.gmtime())
        assert answer.get("Date").startswith(now), answer.get("Date")
        assert answer.body, "no body"
    each(CASES, shape)
    origin.take()


def test_default_texts():
    texts = {500: INTERNAL, 501: b"This method may not be used.", 414: b"Request URI is too long",
             503: b"The service is not available. Please try again later.",
             502: INTERNAL, 504: INTERNAL}

    def text(status, raw):
        answer = errors("plain", raw)
        if status == 400:
            equal(len(answer.body.strip().splitlines()), 1, "lines of a 400")
        elif status != 413:
            wanted = texts.get(status, answer.reason.encode() + b".")
            equal(answer.body.strip(), wanted)
    each(CASES, text)


def test_files():
    each(CASES, lambda status, raw: equal(
        errors("full", raw).body, b"<p>file %d</p>\n" % status))


def test_files_that_stand_in():
    """413 takes Err414's, 502 and 504 take Err500's text."""
    stand_in = {413: 414, 414: 414, 500: 500, 501: 501, 502: 500, 503: 503, 504: 500}
    each([case for case in CASES if case[0] in stand_in], lambda status, raw: equal(
        errors("classic", raw).body, b"<p>file %d</p>\n" % stand_in[status]))


def test_no_body_for_head():
    def head(status, raw):
        raw = raw.replace(b"GET ", b"HEAD ", 1)
        if not raw.startswith(b"HEAD") or status == 408:
            return
        for port in ("plain", "full"):
            answer = errors(port, raw, "HEAD")
            equal(answer.status, status)
            assert answer.length, answer.raw
    each(CASES, head)


def test_1_0_client():
    for status, raw in ((503, get("/nowhere", version="1.0")), (502, get("/502", version="1.0"))):
        equal(errors("plain", raw).start, "HTTP/1.1 %d %s" % (status, REASONS[status]))


TEXTS = [  # what a 400 says, B.4.6
    (["Content-Length: 5", "Content-Length: 5"], b"Bad request: multiple Content-length values"),
    (["Content-Length: 5, 5"], b"Bad request: multiple Content-length values"),
    (["Content-Length: five"], b"Bad request: Content-length bad value"),
    (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
     b"Bad request: multiple Transfer-encoding values"),
    (["Transfer-Encoding: chunked", "Content-Length: 5"],
     b"Bad request: Transfer-encoding and Content-length headers present"),
]


def test_texts_of_400():
    def text(fields, wanted):
        answer = errors("plain", build("POST", "/ok", fields, None, "1.1"))
        equal((answer.status, answer.body.strip()), (400, wanted))
    each(TEXTS, text)


def test_400_does_not_echo():
    """Nothing of the request appears in the page."""
    for raw in (b"GET /<script> x HTTP/1.1\r\n", get("/ok", "<script>: v"),
                get("/ok", "Host: <script>")):
        assert b"<script>" not in errors("plain", raw).body


def test_unreadable_file():
    code, out, err = run("-c", config=listener(
        'Err500 "/nonexistent/err"', service(backend(origin)), port="x").replace("@x@", "80") + "\n")
    equal(code, 1)
    assert "line 4" in err, err


main()
