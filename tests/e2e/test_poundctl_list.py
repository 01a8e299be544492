#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listing as text, XML and JSON, byte for byte where it is classic."""

import os
import re
import time
from xml.etree import ElementTree

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.tls import cert, https

# The example of B.11.2; ports differ.
EXAMPLE = SHORT + CONTROL + """
ListenHTTP
	Address 127.0.0.1
	Port @main@
	Service "web"
		URL "^/web"
		%s
		%s
		Session
			Type COOKIE
			ID "sid"
			TTL 300
		End
	End
	Service
		Disabled 1
		Redirect "http://h.test"
	End
End
%s
Service "glob"
	%s
End
"""


@once
def origins():
    return Origin(), Origin(), Origin()


@once
def example():
    one, two, three = origins()
    pound = Pound(EXAMPLE % (backend(one), backend(two, "Priority 2", "Disabled 1"),
                             https(cert(), port="six", host="::1"),
                             backend(three, "Disabled 1")))
    return pound, Ctl(pound)


def numbers(pound):
    one, two, three = origins()
    return {"main": pound.port, "six": pound.ports["six"], "one": one.port,
            "two": two.port, "three": three.port}


def mean(text):
    """The times of back-ends, taken out of a listing."""
    pattern = r"(?<=\d )(\d+\.\d{3})(?= sec)|(?<=avg=\")(\d+\.\d{3})(?=\")"
    found = [float(a or b) for a, b in re.findall(pattern, text)]
    return found, re.sub(pattern, "T", text)


TEXT = """Requests in queue: 0
  0. http Listener 127.0.0.1:%(main)d a
    0. Service "web" active (5)
      0. Backend 127.0.0.1:%(one)d active (5 T sec) alive
      1. Backend 127.0.0.1:%(two)d DISABLED (2 T sec) alive
      0. Session abc123 -> 0
    1. Service DISABLED (1)
      0. Backend (UNKNOWN):0 active (1 T sec) alive
  1. HTTPS Listener ::1:%(six)d *D
 -1. Global services
    0. Service "glob" active (0)
      0. Backend 127.0.0.1:%(three)d DISABLED (5 T sec) alive
"""

XML = """<pound>
<queue size="0"/>
<listener index="0" protocol="http" address="127.0.0.1:%(main)d" status="active">
<service index="0" name="web" status="active">
<backend index="0" address="127.0.0.1:%(one)d" avg="T" priority="5" alive="yes" status="active" />
<backend index="1" address="127.0.0.1:%(two)d" avg="T" priority="2" alive="yes" status="DISABLED" />
<session index="0" key="abc123" backend="0" />
</service>
<service index="1" status="DISABLED">
<backend index="0" address="(UNKNOWN):0" avg="T" priority="1" alive="yes" status="active" />
</service>
</listener>
<listener index="1" protocol="HTTPS" address="::1:%(six)d" status="DISABLED">
</listener>
<service index="0" name="glob" status="active">
<backend index="0" address="127.0.0.1:%(three)d" avg="T" priority="5" alive="yes" status="DISABLED" />
</service>
</pound>
"""


def test_classic_listings():
    pound, ctl = example()
    with Client(pound.port) as client:
        equal(client.get("/web", "Cookie: sid=abc123").status, 200)
    ctl.good("-l", 1)
    times, text = mean(ctl.good())
    equal(text, TEXT % numbers(pound))
    assert times[0] < 5 and times[1:] == [0, 0, 0], times
    equal(mean(ctl.good("list"))[1], text)
    equal(mean(ctl.good("-X"))[1], XML % numbers(pound))
    ctl.good("-L", 1)
    assert "::1:%d a\n" % pound.ports["six"] in ctl.good()


def test_average_is_real():
    def slow(request):
        time.sleep(0.2)
        return OK
    origin = Origin(slow)
    pound = Pound(CONTROL + simple(origin))
    ctl = Ctl(pound)
    with Client(pound.port) as client:
        for _ in range(3):
            client.get()
    [seconds] = mean(ctl.good())[0]
    assert 0.19 < seconds < 1, seconds
    until(lambda: ctl.json()["requests_now"] == 0, "the end of all requests")
    times = ctl.json()["listeners"][0]["services"][0]["backends"][0]["time_to_first_byte"]
    equal(times["count"], 3)
    minute = times["last_minute"]
    equal(minute["count"], 3)
    for name in ("mean", "p50", "p90", "p99"):
        assert 0.18 < minute[name] < 1, (name, minute)


def test_names():
    pound, ctl = example()
    plain = mean(ctl.good())[1].splitlines()
    named = mean(ctl.good("-H"))[1].splitlines()
    equal(len(named), len(plain))
    for before, after in zip(plain, named):
        # Whatever this machine calls itself; ports and all the rest stay.
        pattern = re.escape(before).replace(r"127\.0\.0\.1:", r"[\w.-]+:")
        pattern = pattern.replace(r"::1:", r"[\w:.-]+:")
        assert re.fullmatch(pattern, after), (before, after)


def test_emergency_and_unix():
    folder = os.path.join(os.environ.get("POUND_TMP", "/tmp"))
    path = os.path.join(folder, "o:1")
    if os.path.exists(path):
        os.unlink(path)
    origin = Origin(path=path)
    config = CONTROL + SHORT + listener(
        service(backend(origin),
                block("Emergency", "Address 127.0.0.1", "Port 9")))
    ctl = Ctl(Pound(config))
    _, text = mean(ctl.good())
    assert "      0. Backend %s active (5 T sec) alive\n" \
           "      E. Emergency 127.0.0.1:9\n" % path in text, text
    equal(len(re.findall("Backend", text)), 1)
    for line in text.splitlines():
        if "Emergency" in line:
            assert not re.search("Listener|Service|Backend|Session", line)
        if "Backend" in line:
            assert line.endswith((" alive", " DEAD"))
    equal(ElementTree.fromstring(ctl.good("-X")).find(".//emergency").attrib,
          {"address": "127.0.0.1:9"})
    [emergency] = [b for b in ctl.json()["listeners"][0]["services"][0]["backends"]
                   if b["kind"] == "emergency"]
    equal((emergency["index"], emergency["address"]), (None, "127.0.0.1:9"))


def test_dead_backend():
    origin = Origin()
    pound = Pound(CONTROL + simple(origin))
    ctl = Ctl(pound)
    origin.down()
    with Client(pound.port) as client:
        equal(client.get().status, 503)
    text = ctl.good()
    assert text.splitlines()[3].endswith(" sec) DEAD"), text
    assert "Service active (0)" in text
    assert 'alive="DEAD"' in ctl.good("-X")
    [one] = ctl.json()["listeners"][0]["services"][0]["backends"]
    equal((one["alive"], one["enabled"], one["connect_failures"]), (False, True, 1))


NASTY = "a<b>&'\"\\\t\u00e4"


def test_escaping():
    """A key with all that is special somewhere, in each form; and back."""
    config = CONTROL + SHORT + listener(service(
        backend(Origin()), block("Session", "Type COOKIE", 'ID "sid"', "TTL 300")))
    pound = Pound(config)
    ctl = Ctl(pound)
    shown = r"a<b>&'\x22\x5c\x09\xc3\xa4"
    ctl.good("-N", 0, 0, NASTY, 0)
    assert "Session %s -> 0\n" % shown in ctl.good()
    session = ElementTree.fromstring(ctl.good("-X")).find(".//session")
    equal(session.attrib["key"], shown)
    [session] = ctl.json()["listeners"][0]["services"][0]["sessions"]
    equal(session["key"], shown)
    ctl.good("-n", 0, 0, shown)  # what is shown can be given back
    equal(ctl.json()["listeners"][0]["services"][0]["sessions"], [])


def test_json():
    pound, ctl = example()
    tree = ctl.json()
    equal(tree["format"], 1)
    equal(tree["pid"], pound.pid)
    equal(tree["worker_pid"], pound.worker_pid())
    equal((tree["restarts"], tree["draining"], tree["queue"]), (0, False, 0))
    assert tree["threads"] >= 2 and 0 < tree["uptime"] < 1000
    equal(tree["connections"], tree["connections_active"] + tree["connections_parked"])
    equal([l["protocol"] for l in tree["listeners"]], ["http", "https"])
    equal(tree["listeners"][0]["address"], "127.0.0.1:%d" % pound.port)
    web, unnamed = tree["listeners"][0]["services"]
    equal((web["name"], web["enabled"], web["weight"]), ("web", True, 5))
    equal((unnamed["name"], unnamed["enabled"]), (None, False))
    equal([b["priority"] for b in web["backends"]], [5, 2])
    [redirect] = unnamed["backends"]
    equal((redirect["kind"], redirect["target"]), ("redirect", "http://h.test"))
    equal(tree["services"][0]["name"], "glob")
    assert not isinstance(tree["queue"], str)


def test_documented_names():
    """poundctl(8) names each field of the JSON, and no other."""
    source = os.environ.get("POUND_SRCDIR", os.path.join(os.path.dirname(__file__), "..", ".."))
    with open(os.path.join(source, "man", "poundctl.8")) as manual:
        part = manual.read().split(".Sh JSON")[1].split(".Sh ")[0]
    told = {name for line in re.findall(r"^\.It Va (.*)", part, re.M)
            for name in line.split(" , ")}
    pound, ctl = example()
    seen = set()

    def collect(value, parent=""):
        if isinstance(value, dict):
            for name, inner in value.items():
                if parent != "outcomes":
                    seen.add(name)
                collect(inner, name)
        elif isinstance(value, list):
            for inner in value:
                collect(inner, parent)
    ctl.good("-N", 0, 0, "documented", 0)
    collect(ctl.json())
    equal(sorted(seen - {"1xx", "2xx", "3xx", "4xx", "5xx"}), sorted(told))


def test_verbose():
    pound, ctl = example()
    plain = ctl.good("list")
    lines = ctl.good("list", "-v").splitlines()
    assert re.match(r"Pound \S+, pid %d, worker %d, " % (pound.pid, pound.worker_pid()),
                    lines[0]), lines[0]
    for line in plain.splitlines():
        if "Backend" in line:
            follows = lines[lines.index(line) + 1]
            assert re.match(r" {9}\d+ requests, 0 now, 0 tunnels; \d+ sessions; \d+ connections, "
                            r"0 waiting; 0 failed connects$", follows), follows


def test_many_sessions():
    """More than any buffer holds; each is there once."""
    count = 5000
    config = CONTROL + SHORT + listener(service(
        backend(Origin()), block("Session", "Type URL", 'ID "k"', "TTL 300")))
    pound = Pound(config)
    ctl = Ctl(pound)
    with Client(pound.port, timeout=30) as client:
        for number in range(count):
            client.request("/?k=" + "x" * 200 + str(number))
            if number % 50 == 49:
                for _ in range(50):
                    client.answer()
    keys = [s["key"] for s in ctl.json()["listeners"][0]["services"][0]["sessions"]]
    equal(len(keys), count)
    equal(len(set(keys)), count)
    numbers = re.findall(r"^ +(\d+)\. Session x{200}\d+ -> 0$", ctl.good(), re.M)
    equal(numbers, [str(n) for n in range(count)])
    equal(ctl.json()["listeners"][0]["services"][0]["session_count"], count)


main()
