#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where session keys come from: B.6.5, B.6.6, A.1 16 and 17, A.2 10, A.3 1."""

from harness import *
from lib.sessions import quick

origins = []


def answer(name):
    """Sets what the request's X-Set says, in a field X-With names."""
    def script(head):
        fields = [line for line in head.split(b"\r\n") if line.startswith(b"X-Set: ")]
        extra = [line[7:].decode("latin-1") for line in fields]
        return reply(name, *extra)
    return script


for i in range(4):
    origins.append(quick(b"%d" % i, answer(b"%d" % i)))


def start(*session, listen=()):
    return Pound("LogLevel 0\n" + SHORT + listener(*listen, service(
        *map(backend, origins), block("Session", *session, "TTL 60"))) + "\n")


def get(pound, target="/", *fields):
    raw = "GET %s HTTP/1.1\r\nHost: h.test\r\n%s\r\n" % (
        target, "".join(field + "\r\n" for field in fields))
    return refused_or_body(ask(pound.port, raw.encode("latin-1")))


def refused_or_body(response):
    return response.body if response.status == 200 else response.status


def same(pound, *requests):
    """All of them are one session."""
    return len({get(pound, *request) for request in requests * 6}) == 1


COOKIE = ("Type COOKIE", 'ID "sid"')
URL = ("Type URL", 'ID "sid"')
HEADER = ("Type HEADER", 'ID "X-Sess"')

ONE = [  # the same session
    ("URL: where it stands", URL, ("/?sid=a",), ("/b?x=1&SID=a&y=2",)),
    ("URL: it is decoded", URL, ("/?s%69d=%61b",), ("/?sid=ab",)),
    ("URL: ends", URL, ("/?sid=a;b",), ("/?sid=a&b",)),
    ("URL: the first one", URL, ("/?sid=a&sid=b",), ("/?sid=a",)),
    ("PARM: up to the query", ("Type PARM",), ("/p;a;b?x",), ("/;a;b?y",)),
    ("PARM: in the query", ("Type PARM",), ("/p?q=a;inq",), ("/;inq",)),
    ("PARM: it is decoded", ("Type PARM",), ("/p%3ba%20b",), ("/;a%20b",)),
    ("BASIC: any case", ("Type BASIC",), ("/", "Authorization: Basic eDp5"),
     ("/", "authorization: bAsIc   eDp5")),
    ("COOKIE: no blank", COOKIE, ("/", "Cookie: a=b;sid=x"), ("/", "Cookie: sid=x; c=d")),
    ("COOKIE: the last one", COOKIE, ("/", "Cookie: sid=a; sid=b"), ("/", "Cookie: sid=b")),
    ("COOKIE: of the last field", COOKIE, ("/", "Cookie: sid=a", "Cookie: sid=b"),
     ("/", "Cookie: sid=b")),
    ("COOKIE: a pattern", ("Type COOKIE", 'ID "ASPSESSIONID[A-Z]+"'),
     ("/", "Cookie: ASPSESSIONIDQQ=x"), ("/", "Cookie: a=b; ASPSESSIONIDAB=x")),
    ("COOKIE: over 255 bytes", COOKIE, ("/", "Cookie: sid=" + "a" * 4000),
     ("/p", "Cookie: sid=" + "a" * 4000)),
    ("HEADER: any case", HEADER, ("/", "X-Sess: a"), ("/", "x-sess:a")),
    ("HEADER: the last one", HEADER, ("/", "X-Sess: a", "X-Sess: b"), ("/", "X-Sess: b")),
    ("HEADER: one that a hop keeps", ("Type HEADER", 'ID "TE"'), ("/", "TE: trailers"),
     ("/", "te: trailers")),
    ("HEADER: X-SSL", ("Type HEADER", 'ID "X-SSL-serial"'), ("/", "X-SSL-serial: 5"),
     ("/", "X-SSL-Serial: 5")),
]

NONE = [  # no session: spread
    ("URL: empty", URL, "/?sid="),
    ("URL: the first is empty", URL, "/?sid=&sid=b"),
    ("URL: in the path", URL, "/sid=a"),
    ("URL: a longer name", URL, "/?xsid=a&sidx=a"),
    ("URL: behind a semicolon", URL, "/?x;sid=a"),
    ("PARM: empty", ("Type PARM",), "/p;?a"),
    ("BASIC: another scheme", ("Type BASIC",), "/", "Authorization: Bearer eDp5"),
    ("BASIC: for a proxy", ("Type BASIC",), "/", "Proxy-Authorization: Basic eDp5"),
    ("COOKIE: empty", COOKIE, "/", "Cookie: sid="),
    ("COOKIE: the last is empty", COOKIE, "/", "Cookie: sid=a; sid="),
    ("COOKIE: a longer name", COOKIE, "/", "Cookie: xsid=a; sidx=b"),
    ("COOKIE: a value with its name", COOKIE, "/", "Cookie: x=sid=a"),
    ("COOKIE: of an answer", COOKIE, "/", "Set-Cookie: sid=a"),
    ("COOKIE: over 4 KiB", COOKIE, "/", "Cookie: sid=" + "a" * 4097),
    ("HEADER: empty", HEADER, "/", "X-Sess:"),
    ("HEADER: the end of a name", HEADER, "/", "Foo-X-Sess: a"),
]

LEARNT = [  # (name, session, field of the answer, fields that carry the key)
    ("cookie", COOKIE, "Set-Cookie: sid=%s; Path=/; HttpOnly", "Cookie: a=b; sid=%s"),
    ("cookie, any case", COOKIE, "set-cookie: SID=%s", "Cookie: Sid=%s"),
    ("cookie by a pattern", ("Type COOKIE", 'ID "JSESSIONID.*"'),
     "Set-Cookie: JSESSIONID_a=%s;Secure", "Cookie: JSESSIONID_a=%s"),
    ("field", HEADER, "X-Sess: %s", "X-Sess: %s"),
]

UNLEARNT = [
    ("empty cookie", COOKIE, "Set-Cookie: sid=; Max-Age=0", "Cookie: sid="),
    ("attribute", COOKIE, "Set-Cookie: x=1; sid=%s", "Cookie: sid=%s"),
    ("Cookie in an answer", COOKIE, "Cookie: sid=%s", "Cookie: sid=%s"),
    ("cookie with Type HEADER", HEADER, "Set-Cookie: X-Sess=%s", "X-Sess: %s"),
]


def test_one_session():
    def one(_, session, *requests):
        pound = start(*session)
        assert same(pound, *requests), "several back-ends"
        pound.stop()
    each(ONE, one)


def test_no_session():
    def one(_, session, *request):
        pound = start(*session)
        assert len({get(pound, *request) for _ in range(60)}) == 4, "it sticks"
        pound.stop()
    each(NONE, one)


def test_two_sessions():
    """Keys that are alike for long are two."""
    pound = start(*COOKIE)
    where = {}
    for length in (10, 100, 200, 255, 256, 1000, 4000):
        for last in "abcdef":
            key = "x" * (length - 1) + last
            where[key] = get(pound, "/", "Cookie: sid=" + key)
    for key, name in where.items():
        equal(get(pound, "/", "Cookie: sid=" + key), name)
    assert len(set(where.values())) > 1
    pound.stop()


def test_learnt():
    """The first request has no key; its answer's key is tied to who gave it."""
    def one(_, session, set_field, use_field):
        pound = start(*session)
        for i in range(40):
            name = get(pound, "/", "X-Set: " + set_field % ("key%d" % i))
            for _ in range(3):
                equal(get(pound, "/", use_field % ("key%d" % i)), name, "key %d" % i)
        pound.stop()
    each(LEARNT, one)


def test_not_learnt():
    def one(_, session, set_field, use_field):
        pound = start(*session)
        moved = 0
        for i in range(40):
            fill = lambda text: text % ("key%d" % i) if "%" in text else text
            name = get(pound, "/", "X-Set: " + fill(set_field))
            moved += get(pound, "/", fill(use_field)) != name
        assert moved > 10, "%d of 40 moved" % moved
        pound.stop()
    each(UNLEARNT, one)


def test_an_answer_moves_nobody():
    """A key that is known stays where it is, whoever sets it again."""
    pound = start(*COOKIE)
    for i in range(20):
        key = "key%d" % i
        name = get(pound, "/", "Cookie: sid=" + key)
        for _ in range(5):  # without the key: from anyone
            get(pound, "/", "X-Set: Set-Cookie: sid=" + key)
        equal(get(pound, "/", "Cookie: sid=" + key), name)
    pound.stop()


def test_a_login_changes_the_key():
    """The new cookie belongs to the back-end that had the old one."""
    pound = start(*COOKIE)
    for i in range(20):
        old = "Cookie: sid=old%d" % i
        name = get(pound, "/", old)
        equal(get(pound, "/", old, "X-Set: Set-Cookie: sid=new%d" % i), name)
        equal(get(pound, "/", "Cookie: sid=new%d" % i), name)
    pound.stop()


def test_interim_answers_count():
    """103 Early Hints with a cookie, and a 100 that is dropped."""
    interim = b"HTTP/1.1 %s\r\nSet-Cookie: sid=early\r\n\r\n"
    names = [b"%d" % i for i in range(4)]

    def answering(name, status):
        return lambda head: (b"" if b"Cookie:" in head else interim % status) + reply(name)

    for status in (b"103 Early Hints", b"100 Continue"):
        hinting = [quick(name, answering(name, status)) for name in names]
        pound = Pound("LogLevel 0\n" + SHORT + listener(service(
            *map(backend, hinting), block("Session", *COOKIE, "TTL 60"))) + "\n")
        name = get(pound)
        equal({get(pound, "/", "Cookie: sid=early") for _ in range(20)}, {name}, status)
        pound.stop()


def test_removed_fields_count():
    """A.2 10: HeadRemove keeps them from the back-end only."""
    pound = start(*HEADER, listen=['HeadRemove "^X-Sess:"'])
    assert same(pound, ("/", "X-Sess: a"))
    pound.stop()


def test_patterns_that_fail():
    """500, and the line that says where; never another session."""
    bad = "a" * 40 + "!"
    pound = start("Type COOKIE", 'ID "(a+)+"')
    equal(get(pound, "/", "Cookie: %s=x" % bad), 500)
    pound.wait_log(r"e500.*ID in .*pound\.cfg line \d+")
    mark = pound.mark()
    equal(get(pound, "/", "X-Set: Set-Cookie: %s=x" % bad), 500)
    pound.wait_log(r"e500.*ID in .*pound\.cfg line \d+", mark)
    equal(len(get(pound, "/", "Cookie: aaa=x")), 1)
    pound.stop()


main()
