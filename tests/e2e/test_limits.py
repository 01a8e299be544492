#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""MaxURI, MaxField, MaxHead, MaxFields: limit - 1, limit, limit + 1."""

from harness import *

origin = Origin()
URI, FIELD, HEAD, FIELDS = 9000, 10000, 30000, 50


@once
def pound():
    """main: the limits above; default: none given; big: large ones."""
    own = ["MaxURI %d" % URI, "MaxField %d" % FIELD, "MaxHead %d" % HEAD, "MaxFields %d" % FIELDS]
    big = ["MaxURI 64k", "MaxField 64k", "MaxHead 1m", "MaxFields 1000"]
    inner = service(backend(origin))
    return Pound(SHORT + "\n".join([listener(*own, inner), listener(inner, port="default"),
                                    listener(*big, inner, port="big")]) + "\n")


def uri(size):
    return build("GET", "/" + "u" * (size - 1), [], None, "1.1")


def absolute(size):
    """A target with a scheme, all of which counts."""
    return build("GET", "http://h.test/" + "u" * (size - 14), [], None, "1.1")


def name(size):
    """A field line of size bytes, nearly all of them its name."""
    return build("GET", "/", ["X-" + "N" * (size - 5) + ": v"], None, "1.1")


def field(size):
    """A field line of size bytes without its CRLF."""
    return build("GET", "/", ["X-Long: " + "v" * (size - 8)], None, "1.1")


def head(size):
    """A head of size bytes in all, of fields below their own limit."""
    raw = build("GET", "/", ["X-Fill: " + "v" * 7000] * (size // 7100), None, "1.1")
    rest = size - len(raw) - len("X-Rest: \r\n")
    raw = raw[:-2] + b"X-Rest: " + b"v" * rest + b"\r\n\r\n"
    assert len(raw) == size
    return raw


def fields(count):
    """count fields, Host among them."""
    return build("GET", "/", ["X-%d: v" % i for i in range(count - 1)], None, "1.1")


EDGES = [  # name, maker, limit, status beyond it, port
    ("MaxURI", uri, URI, 414, "main"), ("MaxField", field, FIELD, 431, "main"),
    ("MaxURI of a URL", absolute, URI, 414, "main"), ("MaxField of a name", name, FIELD, 431, "main"),
    ("MaxHead", head, HEAD, 431, "main"), ("MaxFields", fields, FIELDS, 431, "main"),
    ("default MaxURI", uri, 8192, 414, "default"), ("default MaxField", field, 8192, 431, "default"),
    ("default MaxHead", head, 65536, 431, "default"),
    ("default MaxFields", fields, 128, 431, "default"),
    ("big MaxURI", uri, 65536, 414, "big"), ("big MaxField", field, 65536, 431, "big"),
    ("big MaxFields", fields, 1000, 431, "big"), ("big MaxHead", head, 1048576, 431, "big"),
]


def test_edges():
    def edge(_, make, limit, status, port):
        for size in (limit - 1, limit):
            request = served(pound().ports[port], origin, make(size))
            assert len(request.raw) > size // 2
        refused(pound().ports[port], origin, make(limit + 1), status)
        refused(pound().ports[port], origin, make(limit * 2), status)
    each(EDGES, edge)


def test_edges_in_pieces():
    """The verdict does not depend on the pieces in which a head comes."""
    def edge(_, make, limit, status, port):
        for size, wanted in ((limit, 200), (limit + 1, status)):
            raw = make(size)
            for piece in (997, len(raw) - 1, len(raw) - 3):
                with Client(pound().ports[port]) as client:
                    for at in range(0, len(raw), piece):
                        client.send(raw[at:at + piece])
                    equal(client.answer().status, wanted, "pieces of %d of %d" % (piece, len(raw)))
    each([case for case in EDGES if case[2] < 100000], edge)
    origin.take()


def test_kept_connection_after_a_big_head():
    with Client(pound().ports["big"]) as client:
        for make in (lambda: head(500000), lambda: uri(100), lambda: head(1000000)):
            equal(client.send(make()).answer().status, 200)
    equal(len(origin.take()), 3)


def test_refused_before_the_end():
    """The answer does not wait for the rest of an endless line."""
    port = pound().port
    for raw, status in ((b"GET /" + b"u" * 200000, 414),
                        (b"GET / HTTP/1.1\r\nHost: h.test\r\nX: " + b"v" * 200000, 431),
                        (b"GET / HTTP/1.1\r\nHost: h.test\r\n" + b"X: v\r\n" * 60, 431),
                        (b"G" * 200000, (400, 414, 431, 501)),
                        (b"GET / HTTP/1.1\r\n" + b"N" * 200000, (400, 431))):
        refused(port, origin, raw, status)


def test_sixteen_kib_of_cookies():
    request = served(pound().ports["big"], origin,
                     build("GET", "/", ["Cookie: " + "c=" + "v" * 16384], None, "1.1"))
    equal(len(request.get("Cookie")), 16386)


def test_target_grows_by_encoding():
    """MaxURI counts what came; what goes on may be three times as long."""
    raw = build("GET", "/" + "|" * (URI - 1), [], None, "1.1")
    equal(served(pound().port, origin, raw).target, "/" + "%7C" * (URI - 1))


ANSWERS = [  # name, fields, status
    ("one long field", ["X: " + "v" * 20000], 200),
    ("49 fields", ["X-%d: v" % i for i in range(FIELDS - 2)], 200),
    ("50 fields", ["X-%d: v" % i for i in range(FIELDS - 1)], 200),
    ("51 fields", ["X-%d: v" % i for i in range(FIELDS)], 502),
    ("below MaxHead", ["X-%d: %s" % (i, "v" * 7000) for i in range(4)], 200),
    ("above MaxHead", ["X-%d: %s" % (i, "v" * 7000) for i in range(5)], 502),
]


def answer_of_size(_, size, status):
    """The head of an answer, all in all."""
    lines = ["X-Fill: " + "v" * 7000] * 3
    rest = size - (len(reply(b"ok", *lines)) - 2) - len("X-Rest: \r\n")
    origin.answer = reply(b"ok", *lines, "X-Rest: " + "v" * rest)
    with Client(pound().port) as client:
        equal(client.get().status, status)


def test_answers():
    """MaxHead and MaxFields hold for answers, too."""
    def answer(_, lines, status):
        origin.answer = reply(b"ok", *lines)
        with Client(pound().port) as client:
            response = client.get()
        equal(response.status, status)
        if status == 200:
            equal(len(response.fields), len(lines) + 1)
    each(ANSWERS, answer)
    each([("a head of %d bytes" % size, size, status) for size, status in [
        (HEAD - 1, 200), (HEAD, 200), (HEAD + 1, 502)]], answer_of_size)
    origin.answer = OK
    origin.take()


main()
