#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The start line: strict-http 1."""

from harness import *

origin = Origin()
H = b"Host: h.test\r\n\r\n"


@once
def pound():
    """Ports: main xHTTP 2, loose xHTTP 3, both with a service for other.test."""
    other = service('HeadRequire "^Host: other[.]test"', backend(elsewhere))
    rest = service(backend(origin))
    return Pound(SHORT + "\n".join([
        listener("xHTTP 2", other, rest),
        listener("xHTTP 3", other, rest, port="loose")]) + "\n")


elsewhere = Origin(reply(b"other"))

REFUSED = [  # line, status
    (b"GET  / HTTP/1.1", 400), (b"GET /  HTTP/1.1", 400), (b"GET\t/ HTTP/1.1", 400),
    (b"GET /\tHTTP/1.1", 400), (b" GET / HTTP/1.1", 400), (b"\tGET / HTTP/1.1", 400),
    (b"GET / HTTP/1.1 ", 400), (b"GET / HTTP/1.1\t", 400), (b"GET / x HTTP/1.1", 400),
    (b"GET /\rX HTTP/1.1", 400), (b"GET / HTTP/1.1\rX: y", 400), (b"GET / HTTP/1.1\r", 400),
    (b"\rGET / HTTP/1.1", 400), (b"GET /\x00 HTTP/1.1", 400), (b"\x00GET / HTTP/1.1", 400),
    (b"GET", 400), (b"GET ", 400), (b"GET /", 400), (b"GET / ", 400),
    (b"GET HTTP/1.1", 400), (b" / HTTP/1.1", 400), (b"/ HTTP/1.1", 400),
    # version
    (b"GET / HTTP/1.2", 400), (b"GET / HTTP/1.9", 400), (b"GET / HTTP/0.9", 400),
    (b"GET / HTTP/0.0", 400), (b"GET / HTTP/01.1", 400), (b"GET / HTTP/1.01", 400),
    (b"GET / HTTP/1.10", 400), (b"GET / HTTP/+1.1", 400), (b"GET / HTTP/-1.1", 400),
    (b"GET / HTTP/1", 400), (b"GET / HTTP/1.", 400), (b"GET / HTTP/.1", 400),
    (b"GET / HTTP/1,1", 400), (b"GET / HTTP/1x1", 400), (b"GET / HTTP/1.1.1", 400),
    (b"GET / HTTP 1.1", 400), (b"GET / HTTP/ 1.1", 400), (b"GET / http/1.1", 400),
    (b"GET / Http/1.1", 400), (b"GET / HTTPS/1.1", 400), (b"GET / HTTP1.1", 400),
    (b"GET / ICY/1.1", 400), (b"GET / HTTP/x.y", 400), (b"GET / HTTP/\xb11.1", 400),
    (b"GET / HTTP/2.0", 505), (b"GET / HTTP/2.1", 505), (b"GET / HTTP/3.0", 505),
    (b"GET / HTTP/9.9", 505),
    # method
    (b"get / HTTP/1.1", 501), (b"Get / HTTP/1.1", 501), (b"GETS / HTTP/1.1", 501),
    (b"FOO / HTTP/1.1", 501), (b"G\x01T / HTTP/1.1", 400), (b"G(T / HTTP/1.1", 400),
    (b"GE\xc3\xa9 / HTTP/1.1", 400), (b"CONNECT h.test:443 HTTP/1.1", (400, 501)),
    (b"PRI * HTTP/2.0", (400, 501, 505)),
]
EARLY = len(REFUSED)  # so many are bad as lines, whatever the head says

REFUSED += [  # targets
    (b"GET * HTTP/1.1", 400), (b"POST * HTTP/1.1", 400), (b"GET x HTTP/1.1", 400),
    (b"GET x/y HTTP/1.1", 400), (b"GET h.test:80 HTTP/1.1", 400), (b"GET ?x HTTP/1.1", 400),
    (b"GET */x HTTP/1.1", 400), (b"OPTIONS ** HTTP/1.1", 400), (b"GET /a#b HTTP/1.1", 400),
    (b"GET # HTTP/1.1", 400), (b"GET /?a#b HTTP/1.1", 400),
    (b"GET http:// HTTP/1.1", 400), (b"GET http:///x HTTP/1.1", 400),
    (b"GET http:/x HTTP/1.1", 400), (b"GET ftp://h.test/x HTTP/1.1", 400),
    (b"GET ://h.test/x HTTP/1.1", 400), (b"GET http://u@h.test/x HTTP/1.1", 400),
    (b"GET http://u:p@h.test/ HTTP/1.1", 400), (b"GET http://h.test:x/ HTTP/1.1", 400),
    (b"GET http://h.test:99999/ HTTP/1.1", 400), (b"GET http://h.test#f HTTP/1.1", 400),
    (b"GET http://h,t/ HTTP/1.1", 400), (b"GET http://[::1/ HTTP/1.1", 400),
    # escapes
    (b"GET /% HTTP/1.1", 400), (b"GET /%4 HTTP/1.1", 400), (b"GET /%zz HTTP/1.1", 400),
    (b"GET /a%4/b HTTP/1.1", 400), (b"GET /%00 HTTP/1.1", 400), (b"GET /?q=%00 HTTP/1.1", 400),
    (b"GET /a%00b?x HTTP/1.1", 400),
] + [(b"GET /a%cb HTTP/1.1" % c, 400) for c in (1, 7, 8, 9, 11, 12, 14, 27, 31, 127)]

RAW = [  # whole requests
    ("three empty lines", b"\r\n\r\n\r\nGET / HTTP/1.1\r\n" + H),
    ("LF line, CRLF fields", b"GET / HTTP/1.1\n" + H),
    ("CRLF line, LF field", b"GET / HTTP/1.1\r\nHost: h.test\n\r\n"),
    ("CRLF lines, LF at the end", b"GET / HTTP/1.1\r\nHost: h.test\r\n\n"),
    ("LF lines, CRLF at the end", b"GET / HTTP/1.1\nHost: h.test\n\r\n"),
    ("LF lines with a length", b"POST / HTTP/1.1\nHost: h.test\nContent-Length: 2\n\nab"),
    ("LF lines with length 0", b"GET / HTTP/1.1\nHost: h.test\nContent-Length: 0\n\n"),
    ("LF lines with chunks",
     b"POST / HTTP/1.1\nHost: h.test\nTransfer-Encoding: chunked\n\n0\n\n"),
    ("CR CR LF", b"GET / HTTP/1.1\r\r\n" + H),
    ("binary", bytes(range(128, 256)) + b"\r\n\r\n"),
]

FORWARDED = [  # line, what the back-end sees as line, what as Host
    (b"GET / HTTP/1.1", "GET / HTTP/1.1", "h.test"),
    (b"GET /a%0d%0aX:%201 HTTP/1.1", "GET /a%0d%0aX:%201 HTTP/1.1", "h.test"),
    (b"GET //a//b/../c HTTP/1.1", "GET //a//b/../c HTTP/1.1", "h.test"),
    (b"GET /?a=/?b&c=;d HTTP/1.1", "GET /?a=/?b&c=;d HTTP/1.1", "h.test"),
    (b"GET /%2e%2F%41%c3%A9 HTTP/1.1", "GET /%2e%2F%41%c3%A9 HTTP/1.1", "h.test"),
    (b"GET /:@!$&'()*+,;=-._~ HTTP/1.1", "GET /:@!$&'()*+,;=-._~ HTTP/1.1", "h.test"),
    (b"OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1", "h.test"),
    (b"GET http://h.test/x HTTP/1.1", "GET /x HTTP/1.1", "h.test"),
    (b"GET https://h.test/x HTTP/1.1", "GET /x HTTP/1.1", "h.test"),
    (b"GET HTTP://h.test/x HTTP/1.1", "GET /x HTTP/1.1", "h.test"),
    (b"GET http://H.Test:80/x HTTP/1.1", "GET /x HTTP/1.1", "h.test"),
    (b"GET https://h.test:443/x HTTP/1.1", "GET /x HTTP/1.1", "h.test"),
    (b"GET http://h.test HTTP/1.1", "GET / HTTP/1.1", "h.test"),
    (b"GET http://h.test?x=1 HTTP/1.1", "GET /?x=1 HTTP/1.1", "h.test"),
    (b"GET http://another.test/x HTTP/1.1", "GET /x HTTP/1.1", "another.test"),
    (b"GET http://h.test:81/x HTTP/1.1", "GET /x HTTP/1.1", "h.test:81"),
    (b"GET http://[::1]:81/x HTTP/1.1", "GET /x HTTP/1.1", "[::1]:81"),
    # never refused, sent on encoded
    (b'GET /s?q={"a":[1|2]}^`\\<> HTTP/1.1',
     "GET /s?q=%7B%22a%22:[1%7C2]%7D%5E%60%5C%3C%3E HTTP/1.1", "h.test"),
    (b'GET /{a}|"b"\\^` HTTP/1.1', "GET /%7Ba%7D%7C%22b%22%5C%5E%60 HTTP/1.1", "h.test"),
    (b"GET /caf\xc3\xa9?\xff HTTP/1.1", "GET /caf%C3%A9?%FF HTTP/1.1", "h.test"),
    # escapes in the query pass untouched
    (b"GET /s?q=100% HTTP/1.1", "GET /s?q=100% HTTP/1.1", "h.test"),
    (b"GET /s?t=%u4E2D HTTP/1.1", "GET /s?t=%u4E2D HTTP/1.1", "h.test"),
    (b"GET /s?%zz%4 HTTP/1.1", "GET /s?%zz%4 HTTP/1.1", "h.test"),
]

LOOSE = [  # with xHTTP 3
    (b'GET /{"a"}|\\^`<>?{} HTTP/1.1', 'GET /{"a"}|\\^`<>?{} HTTP/1.1', "h.test"),
    (b"GET /caf\xc3\xa9 HTTP/1.1", "GET /caf%C3%A9 HTTP/1.1", "h.test"),
    (b"GET /100%/a%zz HTTP/1.1", "GET /100%/a%zz HTTP/1.1", "h.test"),
]


def test_refused_lines():
    each(REFUSED, lambda line, status: refused(
        pound().port, origin, line + b"\r\n" + H, status))


def test_refused_before_the_head_is_complete():
    def early(line, status):
        refused(pound().port, origin, line + b"\r\n", status)
    each([case for case in REFUSED[:EARLY] + REFUSED[-10:] if case[1] in (400, 505)], early,
         together=True)


def test_refused_requests():
    each(RAW, lambda _, raw: refused(pound().port, origin, raw))


def forwarded(port, line, start, host):
    request = served(port, origin, line + b"\r\n" + H)
    equal(request.start, start, "line")
    equal(request.get("Host"), host, "Host")


def test_forwarded_lines():
    each(FORWARDED, lambda *case: forwarded(pound().port, *case))


def test_forwarded_at_xhttp_3():
    each(LOOSE, lambda *case: forwarded(pound().ports["loose"], *case))


def test_refused_at_xhttp_3_too():
    cases = [c for c in REFUSED if b"%00" in c[0] or b"#" in c[0]]
    each(cases, lambda line, status: refused(
        pound().ports["loose"], origin, line + b"\r\n" + H, status))


def test_absolute_form_chooses_the_service():
    request = served(pound().port, elsewhere, b"GET http://other.test/x HTTP/1.1\r\n" + H)
    equal((request.target, request.all("Host")), ("/x", ["other.test"]))
    assert not origin.take()


def test_absolute_form_replaces_host_in_place():
    request = served(pound().port, origin, b"GET http://new.test/ HTTP/1.1\r\n"
                     b"A: 1\r\nHost: h.test\r\nB: 2\r\n\r\n")
    equal(request.fields[:3], [("A", "1"), ("Host", "new.test"), ("B", "2")])


def test_equal_authority_keeps_host_as_sent():
    request = served(pound().port, origin,
                     b"GET http://h.test:80/x HTTP/1.1\r\nHost: H.TEST\r\n\r\n")
    equal(request.get("Host"), "H.TEST")


def test_absolute_form_without_host_in_1_0():
    request = served(pound().port, origin, b"GET http://new.test/x HTTP/1.0\r\n\r\n")
    equal((request.target, request.get("Host")), ("/x", "new.test"))


def test_absolute_form_does_not_replace_a_missing_host_in_1_1():
    refused(pound().port, origin, b"GET http://h.test/ HTTP/1.1\r\n\r\n")


def test_empty_lines_before_a_request():
    for count in (1, 2):
        served(pound().port, origin, CRLF * count + b"GET / HTTP/1.1\r\n" + H)


def test_empty_line_after_a_body():
    """Old clients send CRLF after a POST: it belongs to nothing."""
    with Client(pound().port) as client:
        client.request(method="POST", body=b"ab").send(CRLF).request("/next")
        equal([client.answer().status for _ in "ab"], [200, 200])
    equal([(r.target, r.body) for r in origin.take()], [("/", b"ab"), ("/next", b"")])


def test_bare_lf_heads_are_answered_and_closed():
    for raw in (b"GET /lf HTTP/1.1\nHost: h.test\nA: b\n\n", b"GET /lf HTTP/1.0\n\n",
                b"HEAD /lf HTTP/1.0\nHost: h.test\n\n"):
        with Client(pound().port) as client:
            equal(client.send(raw).answer(raw[:4].decode().strip()).status, 200)
            client.expect_close()
        equal(origin.one().target, "/lf")


def test_each_cut():
    """The head arrives in two pieces, cut at every byte."""
    head = b"GET http://h.test:80/a?b={ HTTP/1.1\r\n" + H
    with Client(pound().port) as client:
        for i in range(1, len(head)):
            client.send(head[:i]).send(head[i:])
            equal(client.answer().status, 200, "cut at %d" % i)
    starts = {r.start for r in origin.take()}
    equal(starts, {"GET /a?b=%7B HTTP/1.1"})


main()
