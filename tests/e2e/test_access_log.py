#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access lines of LogLevel 0 to 6, exactly: B.10.2, B.10.3, B.10.6, A.5."""

import base64
import re

from harness import *

origin = Origin()
old = Origin(lambda r: then_close(b"HTTP/1.0 203 Old\r\nContent-Length: 3\r\n\r\nold")(r))
TIME = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000"
ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000"
SECS = r"\d+\.\d{3}"
BE = "127.0.0.1:%d" % origin.port
USER = "Authorization: Basic " + base64.b64encode(b"us er:pass:word").decode()
FULL = [USER, "Referer: http://ref/", "User-Agent: UA/1.0"]


@once
def pound():
    """Ports l0 to l6, one for each level; INFO goes to stdout."""
    services = [
        service('URL "^/named"', backend(origin), name="svc one"),
        service('URL "^/redirect"', 'Redirect 301 "http://new.test"'),
        service('URL "^/old"', backend(old)),
        service('URL "^/(none|x)"'),
        service(backend(origin)),
    ]
    return Pound("LogFacility -\n" + SHORT + "\n".join(
        listener("LogLevel %d" % level, *services, port="l%d" % level)
        for level in range(7)) + "\n", mode="-F")


def line(level, *args, **kwargs):
    """The one access line of one request at a level."""
    mark = len(pound().out)
    with Client(pound().ports["l%d" % level]) as client:
        client.get(*args, **kwargs)
    until(lambda: len(pound().out) > mark, "access line")
    equal(len(pound().out), mark + 1, "lines")
    return pound().out[mark]


def literal(text):
    """A pattern from a format: {names} become what they stand for."""
    out = re.escape(text)
    for name, pattern in (("time", TIME), ("iso", ISO), ("secs", SECS), ("id", "[0-9a-f]{16}")):
        out = out.replace(re.escape("{%s}" % name), pattern)
    return out.replace(re.escape("{be}"), re.escape(BE)) + "$"


def check(level, wanted, *args, **kwargs):
    got = line(level, *args, **kwargs)
    assert re.match(literal(wanted), got), "\n  got    %s\n  wanted %s" % (got, wanted)


PROXIED = [
    (1, '127.0.0.1 GET /named?b HTTP/1.1 - HTTP/1.1 200 OK'),
    (2, '127.0.0.1 GET /named?b HTTP/1.1 - HTTP/1.1 200 OK (www.x.test:80/svc one -> {be}) {secs} sec'),
    (3, 'www.x.test:80 127.0.0.1 - us er [{time}] "GET /named?b HTTP/1.1" 200 2 "http://ref/" "UA/1.0"'),
    (4, '127.0.0.1 - us er [{time}] "GET /named?b HTTP/1.1" 200 2 "http://ref/" "UA/1.0"'),
    (5, 'www.x.test:80 127.0.0.1 - us er [{time}] "GET /named?b HTTP/1.1" 200 2 "http://ref/" "UA/1.0"'
        ' (svc one -> {be}) {secs} sec'),
    (6, '{id}|{iso}|200|{secs}|2|www.x.test:80|svc one|127.0.0.1|{be}|us er|UA/1.0|http://ref/'
        '|GET /named?b HTTP/1.1'),
]


def test_proxied():
    each(PROXIED, lambda level, wanted: check(
        level, wanted, "/named?b", "Host: www.x.test:80", *FULL))


BARE = [  # no Host, no fields, no name
    (1, '127.0.0.1 GET / HTTP/1.0 - HTTP/1.1 200 OK'),
    (2, '127.0.0.1 GET / HTTP/1.0 - HTTP/1.1 200 OK (- -> {be}) {secs} sec'),
    (3, '- 127.0.0.1 - - [{time}] "GET / HTTP/1.0" 200 2 "" ""'),
    (4, '127.0.0.1 - - [{time}] "GET / HTTP/1.0" 200 2 "" ""'),
    (5, '- 127.0.0.1 - - [{time}] "GET / HTTP/1.0" 200 2 "" "" (- -> {be}) {secs} sec'),
    (6, '{id}|{iso}|200|{secs}|2|||127.0.0.1|{be}||||GET / HTTP/1.0'),
]


def raw_line(level, raw, method="GET"):
    mark = len(pound().out)
    ask(pound().ports["l%d" % level], raw, method)
    until(lambda: len(pound().out) > mark, "access line")
    return pound().out[mark]


def test_bare():
    def bare(level, wanted):
        got = raw_line(level, b"GET / HTTP/1.0\r\n\r\n")
        assert re.match(literal(wanted), got), "\n  got    %s\n  wanted %s" % (got, wanted)
    each(BARE, bare)


REDIRECT = [
    (1, '127.0.0.1 GET /redirect?a%20b HTTP/1.1 - REDIRECT http://new.test/redirect?a%20b'),
    (2, '127.0.0.1 GET /redirect?a%20b HTTP/1.1 - REDIRECT http://new.test/redirect?a%20b'),
    (3, 'h.test 127.0.0.1 - us er [{time}] "GET /redirect?a%20b HTTP/1.1" 301 0 "http://ref/" "UA/1.0"'),
    (4, '127.0.0.1 - us er [{time}] "GET /redirect?a%20b HTTP/1.1" 301 0 "http://ref/" "UA/1.0"'),
    (5, '127.0.0.1 - us er [{time}] "GET /redirect?a%20b HTTP/1.1" 301 0 "http://ref/" "UA/1.0"'),
]


def test_redirect():
    each(REDIRECT, lambda level, wanted: check(level, wanted, "/redirect?a%20b", *FULL))


def test_redirect_level_6():
    got = line(6, "/redirect", *FULL)
    wanted = (r"[0-9a-f]{16}\|" + ISO + r"\|301\|" + SECS + r"\|\d+\|h\.test\|\|127\.0\.0\.1"
              r"\|http://new\.test/redirect\|us er\|UA/1\.0\|http://ref/\|GET /redirect HTTP/1\.1$")
    assert re.match(wanted, got), got


def test_redirect_without_host():
    got = raw_line(3, b"GET /redirect HTTP/1.0\r\n\r\n")
    assert re.match(literal('- 127.0.0.1 - - [{time}] "GET /redirect HTTP/1.0" 301 0 "" ""'), got), got


ERRORS = [  # error replies look like any other answer
    (1, '127.0.0.1 GET /none HTTP/1.1 - HTTP/1.1 503 Service Unavailable'),
    (2, '127.0.0.1 GET /none HTTP/1.1 - HTTP/1.1 503 Service Unavailable (h.test/- -> -) {secs} sec'),
    (3, 'h.test 127.0.0.1 - - [{time}] "GET /none HTTP/1.1" 503 53 "" ""'),
    (4, '127.0.0.1 - - [{time}] "GET /none HTTP/1.1" 503 53 "" ""'),
    (5, 'h.test 127.0.0.1 - - [{time}] "GET /none HTTP/1.1" 503 53 "" "" (- -> -) {secs} sec'),
    (6, '{id}|{iso}|503|{secs}|53|h.test||127.0.0.1|||||GET /none HTTP/1.1'),
]


def test_errors():
    def error(level, wanted):
        got = raw_line(level, build("GET", "/none", [], None, "1.1"))
        assert re.match(literal(wanted), got), "\n  got    %s\n  wanted %s" % (got, wanted)
    each(ERRORS, error)


def test_bad_requests_have_their_line():
    for raw, code in ((b"GET  / HTTP/1.1\r\n\r\n", "400"), (b"BREW / HTTP/1.1\r\n\r\n", "501"),
                      (b"GET / HTTP/1.1\r\n\r\n", "400")):
        got = raw_line(1, raw)
        first = raw.split(CRLF)[0].decode()
        assert got.startswith("127.0.0.1 %s - HTTP/1.1 %s " % (first, code)), got


def test_level_0():
    mark = len(pound().out)
    with Client(pound().ports["l0"]) as client:
        for path in ("/named", "/redirect", "/"):
            client.get(path)
    ask(pound().ports["l0"], build("GET", "/none", [], None, "1.1"))
    line(1, "/named")
    equal(len(pound().out), mark + 1, "lines")


BYTES = [  # method, answer, bytes at level 3, at level 6
    ("GET", reply(b""), "-", "0"), ("GET", reply(b"x" * 12345), "12345", "12345"),
    ("HEAD", reply(b"xx")[:-2], "-", "0"), ("POST", reply(b"abc"), "3", "3"),
    ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", "-", "0"),
    ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + encode_chunks(b"ab", b"c" * 20),
     "22", "22"),
]


def test_bytes():
    def size(method, answer, plain, six):
        origin.answer = answer
        code = answer[9:12].decode()
        got = line(3, method=method)
        assert ' HTTP/1.1" %s %s "' % (code, plain) in got, got
        equal(line(6, method=method).split("|")[2:5:2], [code, six])
    each(BYTES, size)
    origin.answer = OK


def test_status_line_of_the_back_end():
    """The log shows the back-end's own version."""
    assert line(1, "/old").endswith(" - HTTP/1.0 203 Old")


ESCAPES = [  # field, value as sent, as logged
    ("User-Agent", 'a"b\\c\xe9', r"a\x22b\x5cc\xe9"), ("Referer", "http://x/\t", "http://x/"),
    ("User-Agent", "a\tb", r"a\x09b"), ("Referer", "%n%s|", "%n%s|"),
    ("User-Agent", "\xff\x80", r"\xff\x80"),
]


def test_escaping():
    def escaped(name, value, wanted):
        got = line(3, "/", "%s: %s" % (name, value))
        assert '"%s"' % wanted in re.sub(r"\\x[0-9A-F]{2}", lambda m: m.group().lower(), got), got
        got = line(6, "/", "%s: %s" % (name, value))
        field = got.split("|")[10 if name == "User-Agent" else 11]
        equal(field.lower(), wanted.replace("|", r"\x7c"))
        equal(len(got.split("|")), 13)
    each(ESCAPES, escaped)


def test_escaped_user():
    """Control bytes decoded from base64 never reach the log."""
    user = "Authorization: Basic " + base64.b64encode(b'x"\n|\x7f:y').decode()
    got = line(3, "/", user)
    assert r' - x\x22\x0a|\x7f [' in got, got
    equal(line(6, "/", user).split("|")[9], r"x\x22\x0a\x7c\x7f")


def test_undecodable_user():
    for value in ("Basic", "Basic ", "Basic !!!", "Basic bm9jb2xvbg==", "Digest x"):
        assert " - - [" in line(3, "/", "Authorization: " + value), value


def test_escaped_request():
    """The request line is logged raw, escaped."""
    got = line(1, '/a"b|\xe9?%0a')
    equal(got.replace(r"\xE9", r"\xe9"), r"127.0.0.1 GET /a\x22b|\xe9?%0a HTTP/1.1 - HTTP/1.1 200 OK")
    got = line(6, '/a"b|\xe9').split("|")
    equal(got[12].lower(), r"get /a\x22b\x7c\xe9 http/1.1")


def test_absolute_form_is_logged_as_sent():
    got = line(2, "http://h.test/named")
    assert got.startswith("127.0.0.1 GET http://h.test/named HTTP/1.1 - "), got


def test_cut_answer():
    """Cut after its status line went out: its line has the bytes that passed."""
    origin.answer = then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    mark = len(pound().out)
    with Client(pound().ports["l3"]) as client:
        client.request()
        client.rest()
    until(lambda: len(pound().out) > mark, "access line")
    origin.answer = OK
    assert re.search(r'" 200 5 "', pound().out[mark]), pound().out[mark]


def test_each_request_of_a_connection():
    mark = len(pound().out)
    with Client(pound().ports["l6"]) as client:
        for i in range(5):
            client.get("/%d" % i)
    until(lambda: len(pound().out) >= mark + 5, "5 lines")
    lines = [text.split("|") for text in pound().out[mark:]]
    equal([parts[12] for parts in lines], ["GET /%d HTTP/1.1" % i for i in range(5)])
    equal(len({parts[0] for parts in lines}), 1, "numbers of one connection")
    assert line(6).split("|")[0] != lines[0][0], "another connection, another number"


def test_anonymise():
    for word in ("Anonymise", "Anonymize"):
        front = Pound(word + "\nLogFacility -\n" + SHORT + listener(
            "LogLevel 4", service('URL "^/redirect"', 'Redirect "http://new.test"'),
            service('URL "^/none"'), service(backend(origin))) + listener(
                "LogLevel 4", service(backend(origin)), port="six", host="::1") + "\n", mode="-F")
        for path in ("/", "/redirect", "/none"):
            ask(front.port, build("GET", path, [], None, "1.1"))
        ask(front.port, b"GET  / HTTP/1.1\r\n")
        until(lambda: len(front.out) >= 4, "4 lines")
        ask(front.ports["six"], build("GET", "/", [], None, "1.1"), host="::1")
        until(lambda: len(front.out) >= 5, "5 lines")
        equal([text.split(" ")[0] for text in front.out], ["127.0.0.0"] * 4 + ["::0"])
        front.wait_log("e400")
        front.stop()
        for text in front.since(0, "e400|e503"):
            assert "127.0.0.0" in text and not re.search(r"127\.0\.0\.1\b(?!:)", text), text


def test_prefixes():
    """+ and *: <6> before INFO on stdout, <3> before the rest on stderr."""
    for sink in ("+", "*"):
        front = Pound("LogFacility %s\n" % sink + simple(origin), mode="-F")
        ask(front.port, build("GET", "/", [], None, "1.1"))
        ask(front.port, b"GET  / HTTP/1.1\r\n")
        until(lambda: len(front.out) >= 2, "2 lines")
        front.wait_log("e400")
        front.stop()
        assert all(text.startswith("<6>127.0.0.1 GET ") for text in front.out), front.out
        assert all(text.startswith("<3>") for text in front.since(0, "e400")), front.log


def test_unknown_time_zone_is_utc():
    """The local zone stands in the line (TZ is UTC here)."""
    assert "+0000]" in line(4)


main()
