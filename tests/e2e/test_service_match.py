#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service takes a request: B.5, B.4.7, A.1 6, 16, 17."""

from harness import *

names = {}


def target(name):
    """A BackEnd that answers with name."""
    if name not in names:
        names[name] = Origin(reply(name.encode()))
    return backend(names[name])


def to(name, *lines):
    return service(*lines, target(name))


URL_CASES = [
    ("/img/a.gif", "image"), ("/a.jpg", "image"), ("/a.JPG", "rest"), ("/a.gif?x", "image"),
    ("/x?f=a.gif", "image"), ("/Case/x", "case"), ("/case/X", "case"), ("/CASE/x", "case"),
    ("/mixed/LOW", "mixed"), ("/mixed/low", "mixed"), ("/MIXED/low", "rest"),
    ("/both/one/two", "both"), ("/both/one", "rest"), ("/off", "rest"), ("/", "rest"),
    ("/first", "first"), ("/glob", "global"), ("/digit/42", "digit"), ("/digit/x", "rest"),
    # patterns see the decoded form
    ("/%69%6dg.gif", "image"), ("/a%2egif", "image"), ("/a%2Egif", "image"),
    ("/sp%20ace", "space"), ("/a%252egif", "rest"), ("/%66irst", "first"),
    ("/plus+space", "rest"), ("/caf%C3%A9", "bytes"), ("/caf%c3%a9", "bytes"),
    # anchors are the ends of the text
    ("/secret%0A/public/", "rest"), ("/secret%0a/public/x", "rest"), ("/public/x", "public"),
    ("/search?q=a%0D%0Ab", "search"), ("/end.html", "end"), ("/end.html%0A", "rest"),
    ("/end.html%0Ax", "rest"),
]


@once
def urls():
    return Pound(SHORT + listener(
        to("image", r'URL ".*\.(jpg|gif)"'),
        to("case", "IgnoreCase 1", 'URL "^/case/"'),
        to("mixed", 'URL "^/mixed/"', "IgnoreCase 1", 'URL "low$"'),
        to("both", 'URL "^/both/"', 'URL "one/two"'),
        to("off", "Disabled 1", 'URL "^/off"'),
        to("first", 'URL "^/first"'), to("second", 'URL "^/first"'),
        to("digit", r'URL "^/digit/\d+$"'),
        to("space", 'URL "^/sp ace$"'),
        to("bytes", r'URL "^/caf\xc3\xa9$"'),
        to("public", 'URL "^/public/"'),
        to("search", 'URL "^/search.*$"'),
        to("end", r'URL "^/end\.html$"'),
        to("rest", 'URL "^/(?!glob)"')) + "\n" + to("global", 'URL "^/glob"')
        + "\n" + to("late", 'URL "."') + "\n")


HOSTS = [  # fields, who answers
    (["Host: www.server0.test"], "zero"), (["Host: WWW.Server0.TEST:80"], "zero"),
    (["Host: a.www.server0.test"], "zero"), (["Host: www.server1.test"], "one"),
    (["Host: h.test"], "rest"), (["Host: www.server2.test", "X-Robot: 1"], "rest"),
    (["Host: www.server2.test"], "two"), (["Host: www.server2.test", "x-robot:1"], "rest"),
    (["Host: h.test", "X-A: 1", "X-B: 2"], "both"), (["Host: h.test", "X-A: 1"], "rest"),
    (["Host: h.test", "X-A: 1", "X-B: 2", "X-C: 3"], "rest"),
    # Name: value, one blank, trimmed
    (["Host: h.test", "X-Blank:v"], "blank"), (["Host: h.test", "X-Blank: \t v \t"], "blank"),
    (["Host: h.test", "X-Blank: v w"], "rest"), (["Host: h.test", "x-bLaNk:  V"], "blank"),
    # one line at a time, all of them, hop-by-hop ones too
    (["Host: h.test", "X-Many: no", "X-Many: yes"], "many"), (["Host: h.test", "TE: odd"], "te"),
    (["Host: h.test", "Connection: x-hop"], "hop"), (["Host: h.test", "X-Case: a"], "case"),
    (["Host: h.test", "X-CASE: A"], "case"), (["Host: h.test", "X-Empty:"], "empty"),
]


@once
def heads():
    return Pound(SHORT + listener(
        to("zero", 'HeadRequire "Host: .*www.server0.test.*"'),
        to("one", 'HeadRequire "Host: .*www.server1.test.*"'),
        to("two", 'HeadRequire "Host: .*www.server2.test.*"', 'HeadDeny "X-Robot: .*"'),
        to("both", 'HeadRequire "^X-A: 1"', 'HeadRequire "^X-B: 2"', 'HeadDeny "^X-C:"'),
        to("blank", 'HeadRequire "^X-Blank: v$"'),
        to("many", 'HeadRequire "^X-Many: yes$"'), to("te", 'HeadRequire "^TE: odd$"'),
        to("hop", 'HeadRequire "^Connection: x-hop$"'), to("case", 'HeadRequire "^x-case: A"'),
        to("empty", 'HeadRequire "^X-Empty: ?$"'),
        to("line", 'HeadRequire "GET /"'),
        to("rest", 'HeadDeny "Host: .*server[01].*"')) + "\n")


def test_url():
    with Client(urls().port) as client:
        each(URL_CASES, lambda path, who: equal(client.get(path).body, who.encode()))


def test_target_is_forwarded_as_it_came():
    names["image"].take()
    with Client(urls().port) as client:
        client.get("/%69%6dg%2egif")
    equal(names["image"].one().target, "/%69%6dg%2egif")


def test_head():
    with Client(heads().port) as client:
        each(HOSTS, lambda fields, who: equal(client.get("/", *fields).body, who.encode()))


def test_no_service():
    front = Pound(SHORT + listener(
        to("deny", 'HeadDeny "^X-Deny:"', 'URL "^/a"'), to("empty", 'URL "^/b"')) + "\n")
    equal(ask(front.port, build("GET", "/c", [], None, "1.1")).status, 503)
    equal(ask(front.port, build("GET", "/a", ["X-Deny: 1"], None, "1.1")).status, 503)
    equal(ask(front.port, build("GET", "/a", [], None, "1.1")).body, b"deny")
    front.stop()


def test_service_without_back_ends():
    """Once a service matches, no further one is tried."""
    front = Pound(SHORT + listener(service('URL "^/none"'), to("rest")) + "\n")
    equal(ask(front.port, build("GET", "/none", [], None, "1.1")).status, 503)
    equal(ask(front.port, build("GET", "/", [], None, "1.1")).body, b"rest")
    front.stop()


def test_disabled_back_end():
    front = Pound(SHORT + listener(service(
        backend(names["zero"], "Disabled 1"), backend(names["one"]))) + "\n")
    for _ in range(20):
        equal(ask(front.port, build("GET", "/", [], None, "1.1")).body, b"one")
    front.stop()


def test_global_ignore_case():
    """A global affects the services that come later."""
    front = Pound(SHORT + listener(to("exact", 'URL "^/x"')) + "\nIgnoreCase 1\n" + to(
        "loose", 'URL "^/x"') + "\n" + to("rest", 'URL "."') + "\n")
    for path, who in (("/x", b"exact"), ("/X", b"loose"), ("/y", b"rest")):
        equal(ask(front.port, build("GET", path, [], None, "1.1")).body, who)
    front.stop()


def test_check_url():
    front = Pound(SHORT + listener('CheckURL "^/[a-z/. ]*$"', to("rest")) + "\nIgnoreCase 1\n"
                  + listener('CheckURL "^/[a-z]*$"', to("rest"), port="loose") + "\n")
    rest = names["rest"]
    rest.take()
    for path, status in (("/ok", 200), ("/a/b.c", 200), ("/%61", 200), ("/a%20b", 200),
                         ("/1", 501), ("/%31", 501), ("/a%0A", 501), ("/A", 501), ("/a?b", 501)):
        equal(ask(front.port, build("GET", path, [], None, "1.1")).status, status, path)
    for path, status in (("/OK", 200), ("/1", 501)):
        equal(ask(front.ports["loose"], build("GET", path, [], None, "1.1")).status, status, path)
    equal(len(rest.take()), 5)
    front.stop()


def test_several_requests_choose_anew():
    with Client(heads().port) as client:
        for number, who in ((0, b"zero"), (1, b"one"), (0, b"zero"), (2, b"two")):
            equal(client.get("/", "Host: www.server%d.test" % number).body, who)


def test_pattern_beyond_its_limit():
    """Any result but match and no match is 500, never "no match"."""
    slow = "(a|aa)+$"
    cases = [("URL", ['URL "^/%s"' % slow], "/" + "a" * 60 + "!", []),
             ("HeadRequire", ['HeadRequire "^X: %s"' % slow], "/", ["X: " + "a" * 60 + "!"]),
             ("HeadDeny", ['HeadDeny "^X: %s"' % slow], "/", ["X: " + "a" * 60 + "!"])]

    def limit(_, lines, path, fields):
        front = Pound(SHORT + listener(to("never", *lines), to("rest")) + "\n")
        mark = front.mark()
        equal(ask(front.port, build("GET", path, fields, None, "1.1")).status, 500)
        front.wait_log("e500", mark)
        equal(ask(front.port, build("GET", "/ok!", [], None, "1.1")).status, 200)
        front.stop()
    each(cases, limit)


main()
