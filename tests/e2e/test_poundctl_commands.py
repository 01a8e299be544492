#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of poundctl do, and what they say when they cannot."""

import os
import re

from harness import *
from lib.ctl import CONTROL, Ctl, poundctl

SESSION = block("Session", "Type URL", 'ID "k"', "TTL 300")


def named(text):
    return Origin(reply(text.encode()))


def make():
    """Two back-ends with sessions, and a global service."""
    one, two, glob = named("one"), named("two"), named("glob")
    config = CONTROL + SHORT + listener(
        service('URL "^/s"', backend(one), backend(two), SESSION, name="s"))
    config += service(backend(glob)) + "\n"
    pound = Pound(config)
    return pound, Ctl(pound)


@once
def shared():
    return make()


def get(pound, target="/s"):
    with Client(pound.port) as client:
        answer = client.get(target)
    return answer.body.decode() if answer.status == 200 else answer.status


def test_listener():
    pound, ctl = shared()
    equal(ctl.good("-l", 0), "")
    with Client(pound.port) as client:
        client.request("/s").expect_close()
    pound.wait_log("^Listener 127.0.0.1:%d disabled$" % pound.port)
    equal(ctl.json()["listeners"][0]["refused"] > 0, True)
    equal(ctl.good("-L", 0), "")
    assert get(pound) in ("one", "two")
    pound.wait_log("^Listener 127.0.0.1:%d enabled$" % pound.port)


def test_service():
    pound, ctl = shared()
    ctl.good("-s", 0, 0)
    equal(get(pound), "glob")
    ctl.good("-s", -1, 0)
    equal(get(pound), 503)
    ctl.good("-S", 0, 0)
    assert get(pound) in ("one", "two")
    equal(get(pound, "/other"), 503)
    ctl.good("-S", -1, 0)
    equal(get(pound, "/other"), "glob")


def test_backend():
    pound, ctl = shared()
    ctl.good("-b", 0, 0, 0)
    equal({get(pound) for _ in range(20)}, {"two"})
    pound.wait_log(r"^BackEnd 127.0.0.1:\d+ disabled$")
    ctl.good("-b", 0, 0, 1)
    equal(get(pound), 503)
    ctl.good("-B", 0, 0, 0)
    equal({get(pound) for _ in range(20)}, {"one"})
    pound.wait_log(r"^BackEnd 127.0.0.1:\d+ enabled$")
    ctl.good("-B", 0, 0, 1)
    equal({get(pound) for _ in range(40)}, {"one", "two"})
    ctl.good("-b", -1, 0, 0)
    equal(get(pound, "/other"), 503)
    ctl.good("-B", -1, 0, 0)


def test_drain():
    """A disabled back-end keeps its sessions; what is left is shown."""
    pound, ctl = shared()
    tied = get(pound, "/s?k=drain")
    index = 0 if tied == "one" else 1
    ctl.good("-b", 0, 0, index)
    equal({get(pound, "/s?k=drain") for _ in range(5)}, {tied})
    assert get(pound, "/s?k=fresh") != tied
    until(lambda: ctl.json()["requests_now"] == 0, "the end of all requests")
    left = ctl.json()["listeners"][0]["services"][0]["backends"][index]
    equal((left["enabled"], left["requests_now"]), (False, 0))
    assert left["session_count"] >= 1, left
    ctl.good("-n", 0, 0, "drain")
    assert get(pound, "/s?k=drain") != tied
    ctl.good("-B", 0, 0, index)


def test_sessions():
    pound, ctl = shared()
    for index, name in ((0, "one"), (1, "two")):
        ctl.good("-N", 0, 0, "key", index)
        equal({get(pound, "/s?k=key") for _ in range(10)}, {name})
    pound.wait_log("^a session of service 0/0 is replaced by poundctl$")
    ctl.good("-n", 0, 0, "key")
    equal(ctl.refused("-n", 0, 0, "key"), "there is no such session in service 0 in listener 0")
    equal(ctl.refused("-N", -1, 0, "key", 0),
          "service 0 among the global services keeps no sessions")
    equal(ctl.refused("-N", 0, 0, "", 0), "the key is empty")


def test_long_key():
    """Only a digest of it is kept; that can be given back to forget it."""
    pound, ctl = shared()
    target = "/s?k=" + "long" * 100
    tied = get(pound, target)
    [shown] = re.findall(r"Session (digest:[0-9a-f]{32}) -> ", ctl.good())
    ctl.good("-n", 0, 0, shown)
    assert shown not in ctl.good()
    equal(ctl.refused("-n", 0, 0, shown), "there is no such session in service 0 in listener 0")
    ctl.good("-N", 0, 0, target[5:], 1 if tied == "one" else 0)
    assert get(pound, target) != tied
    assert shown in ctl.good()
    ctl.good("-n", 0, 0, target[5:])


REFUSED = [
    (("-L", 1), "there is no listener 1", "bad listener 1"),
    (("-l", -1), "-1 means the global services: they cannot be switched like a listener",
     "bad listener -1"),
    (("-S", 5, 0), "there is no listener 5", "bad listener 5"),
    (("-s", 0, 1), "there is no service 1 in listener 0", "bad service 0/1"),
    (("-B", 0, 0, 2), "there is no back-end 2 in service 0 in listener 0", "bad backend 0/0/2"),
    (("-b", -1, 0, 9), "there is no back-end 9 in service 0 among the global services",
     "bad backend -1/0/9"),
    (("-b", 0, -1, 0), "there is no service -1 in listener 0", "bad service 0/-1"),
    (("-N", 0, 0, "k", 7), "there is no back-end 7 in service 0 in listener 0",
     "bad backend 0/0/7"),
    (("-n", 0, 3, "k"), "there is no service 3 in listener 0", "bad service 0/3"),
]


def test_refused():
    pound, ctl = shared()

    def refuse(args, words, line):
        mark = pound.mark()
        equal(ctl.refused(*args), words)
        if line:
            # INFO lines go where -e sends all lines.
            until(lambda: line in pound.log[mark:], "log line " + line)
    each(REFUSED, refuse)


USAGE = [
    (("-Q",), "bad flag -Q"),
    (("-c",), "nothing stands behind -c"),
    (("-L",), "enable listener takes 1 operands, not 0"),
    (("-L", "x"), "x is not a number"),
    (("-B", "0", "0"), "enable back-end takes 3 operands, not 2"),
    (("-L", "0", "-l", "0"), "one command at a time"),
    (("-j", "-m"), "one command at a time"),
    (("list", "now"), "list takes 0 operands, not 1"),
    (("lsit",), "unknown command lsit"),
    (("-c", "a", "-f", "b"), "-c and -f both say where the socket is"),
]


def test_usage():
    def wrong(args, words):
        code, out, err = poundctl(*args)
        equal((code, out), (2, ""))
        lines = err.splitlines()
        equal(lines[0], "poundctl: " + words)
        assert lines[1].startswith("usage: poundctl "), err
    each(USAGE, wrong)


def test_flags_before_a_command():
    """-X and -H with another command change nothing (B.11.1)."""
    pound, ctl = shared()
    equal(ctl.good("-X", "-H", "-l", 0), "")
    equal(ctl.good("-X", "-L", 0), "")
    equal(poundctl("-L", 0, "-c", ctl.path), (0, "", ""))
    ctl.good("-H", "-X", "-S", -1, 0)


def test_full_output():
    """What cannot be written is an error."""
    if not os.path.exists("/dev/full"):
        return
    import subprocess
    from lib.ctl import program
    pound, ctl = shared()
    with open("/dev/full", "w") as full:
        done = subprocess.run([program(), "-c", ctl.path], stdout=full, stderr=subprocess.PIPE)
    equal(done.returncode, 1)
    assert b"No space left" in done.stderr, done.stderr


main()
