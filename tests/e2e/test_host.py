#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Host field: strict-http 3."""

from harness import *

origin = Origin()
nohost = Origin(reply(b"no host"))


@once
def pound():
    """Requests that show the patterns a Host go to origin, others to nohost."""
    return Pound(SHORT + listener(
        "Strict 1", service('HeadRequire "^Host: ."', backend(origin)),
        service(backend(nohost))) + "\n")


REFUSED = [
    b"Host: u@h.test", b"Host: u:p@h.test", b"Host: h.test/path", b"Host: h.test/",
    b"Host: a,b", b"Host: a b", b"Host: a\tb", b"Host: <h>", b'Host: "h"', b"Host: h\x01t",
    b"Host: h\xc3\xa9", b"Host: h?x", b"Host: h#x", b"Host: h\\x", b"Host: h.test:65536",
    b"Host: h.test:99999999999", b"Host: h.test:x", b"Host: h.test:8x", b"Host: h.test:-1",
    b"Host: h:80:80", b"Host: ::1", b"Host: [::1", b"Host: ::1]", b"Host: [::1]x",
    b"Host: [zz]", b"Host: []", b"Host: [h.test]", b"Host: :80", b"Host: http://h.test",
    b"Host: h.test\r\nHost: h.test", b"Host: h.test\r\nHOST: other.test",
    b"Host: h.test\r\nHost:", b"Host:\r\nHost: h.test", b"Host : h.test",
]

SERVED = [
    "h.test", "H.TEST", "h", "h.test:", "h.test:80", "h.test:65535", "under_score.test.",
    "h.test.", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "[2001:db8::7]:",
    "[::ffff:1.2.3.4]", "xn--bcher-kva.test", "a-b.c", "1.2.3", "-h-",
]


def test_refused():
    def both(line):
        for version in (b"1.1", b"1.0"):
            refused(pound().port, origin, b"GET / HTTP/" + version + b"\r\n" + line + b"\r\n\r\n")
        assert not nohost.take()
    each([(line,) for line in REFUSED], both)


def test_served_byte_for_byte():
    def passed(host):
        raw = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode()
        equal(served(pound().port, origin, raw).all("Host"), [host])
    each([(host,) for host in SERVED], passed)


def test_missing_in_1_1():
    mark = pound().mark()
    refused(pound().port, origin, b"GET / HTTP/1.1\r\n\r\n")
    assert not nohost.take()
    pound().wait_log("e400.*127.0.0.1|127.0.0.1.*e400", mark)


def test_absent_or_empty():
    """The back-end gets our address; the patterns go on seeing none."""
    here = "127.0.0.1:%d" % pound().port

    def given(_, raw):
        equal(served(pound().port, nohost, raw).all("Host"), [here])
        assert not origin.take()
    each([("1.0 without", b"GET / HTTP/1.0\r\n\r\n"),
          ("1.0 empty", b"GET / HTTP/1.0\r\nHost:\r\n\r\n"),
          ("1.1 empty", b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
          ("1.1 blanks", b"GET / HTTP/1.1\r\nHost: \t \r\n\r\n")], given)


def test_of_an_absolute_target():
    """It is the Host of a request that has none, for services too."""
    for raw in (b"GET http://new.test/x HTTP/1.0\r\nA: b\r\n\r\n",
                b"GET http://new.test/x HTTP/1.0\r\nHost:\r\n\r\n",
                b"GET http://new.test/x HTTP/1.1\r\nHost:\r\n\r\n"):
        request = served(pound().port, origin, raw)
        equal((request.target, request.all("Host")), ("/x", ["new.test"]))
    full = b"GET http://new.test/x HTTP/1.0\r\n" + b"A: b\r\n" * 128 + b"\r\n"
    equal(served(pound().port, origin, full).fields[0], ("Host", "new.test"))
    refused(pound().port, origin, b"GET http://new.test/x HTTP/1.1\r\n\r\n")


def test_kept_in_its_place():
    request = served(pound().port, origin,
                     b"GET / HTTP/1.1\r\nA: 1\r\nhOST: h.test\r\nB: 2\r\n\r\n")
    equal(request.fields[:3], [("A", "1"), ("hOST", "h.test"), ("B", "2")])


main()
