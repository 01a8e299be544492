#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic set-ups of corpus/conf/good run as they are written: only
their ports are exchanged for free ones, and a log sink that we read."""

import collections
import os
import re

from harness import *


def set_up(name, fronts, backs):
    """Pound on corpus/conf/good/NAME.cfg with its ports mapped; the Origins
    answer with the number that the file gives them."""
    with open(os.path.join(CORPUS, "conf", "good", name + ".cfg")) as file:
        text = file.read()
    origins = {port: Origin(reply(b"%d" % port)) for port in backs}
    for port, origin in origins.items():
        text = re.sub(r"(Port\s+)%d\b" % port, r"\g<1>%d" % origin.port, text)
    for port in fronts:
        text = re.sub(r"(Port\s+)%d\b" % port, r"\g<1>@front%d@" % port, text)
    return Pound("LogFacility -\n" + text), origins


def body(pound, front, target, host="h.test"):
    raw = b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target.encode(), host.encode())
    return ask(pound.ports["front%d" % front], raw)


def drain(origins):
    for origin in origins.values():
        origin.take()


def virtual_hosts(name):
    pound, origins = set_up(name, [18080], [18081, 18082])
    for host, back in (("www.server0.test", b"18081"), ("WWW.SERVER0.TEST", b"18081"),
                       ("www.server1.test", b"18082"), ("www.server1.test:18080", b"18082")):
        equal(body(pound, 18080, "/", host).body, back, host)
    equal(body(pound, 18080, "/", "www.other.test").status, 503)
    drain(origins)
    return pound, origins


def test_virtual_hosts():
    virtual_hosts("virtual_hosts")[0].stop()


def test_virtual_hosts_with_deny():
    """A Host that has both names goes to neither."""
    pound, origins = virtual_hosts("virtual_hosts_deny")
    equal(body(pound, 18080, "/", "www.server0.test.www.server1.test").status, 503)
    assert not [o for o in origins.values() if o.take()]
    pound.stop()


def test_images_by_url():
    pound, origins = set_up("images_by_url", [18080], [18081, 18082])
    for target, back in (("/a.jpg", b"18081"), ("/b/c.gif?x", b"18081"), ("/a.html", b"18082"),
                         ("/jpg", b"18082"), ("/", b"18082"), ("/a.JPG", b"18082")):
        equal(body(pound, 18080, target).body, back, target)
    drain(origins)
    pound.stop()


def test_redirected_path():
    pound, origins = set_up("redirected_path", [18080], [18081])
    for target, status, location in (
            ("/forum/a%20b?x=1", 302, "http://forum.server0.test/forum/a%20b?x=1"),
            ("/shop/old", 301, "http://www.server1.test/new-shop/")):
        answer = body(pound, 18080, target)
        equal((answer.status, answer.get("Location")), (status, location))
    equal(body(pound, 18080, "/forum").body, b"18081")
    drain(origins)
    pound.stop()


def test_weights():
    """6 to 1 to 1: 4 sigma of 800 draws about the expected 600."""
    pound, origins = set_up("weights", [18080], [18081, 18082, 18083])
    with Client(pound.ports["front18080"]) as client:
        count = collections.Counter(client.get().body for _ in range(800))
    assert 551 <= count[b"18081"] <= 649, count
    assert count[b"18082"] >= 60 and count[b"18083"] >= 60, count
    drain(origins)
    pound.stop()


def test_three_listeners():
    pound, origins = set_up("three_listeners", [18080, 18090, 18100],
                            [18081, 18091, 18101, 18102])
    equal(body(pound, 18080, "/").body, b"18081")
    equal(body(pound, 18090, "/").body, b"18091")
    seen = {body(pound, 18100, "/").body for _ in range(60)}
    equal(seen, {b"18101", b"18102"})
    drain(origins)
    pound.stop()


main()
