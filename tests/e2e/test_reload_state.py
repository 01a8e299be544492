#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the next worker knows after a reload: sessions, marks and counters of
what still has the same name or address (issue 8)."""

import itertools
import random
import threading

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.sessions import fill, redirecting, request

first, second, third = Origin(reply(b"first")), Origin(reply(b"second")), Origin(reply(b"third"))
SESSION = "Session\nType PARM\nTTL 60\nEnd"


def config(*origins, name="s", session=SESSION, glob=""):
    backs = [backend(origin) for origin in origins]
    return SHORT + CONTROL + glob + listener(service(*backs, session, name=name)) + "\n"


def front(*origins, **more):
    pound = Pound(config(*origins, **more))
    return pound, Ctl(pound)


def ask_for(pound, key):
    return ask(pound.port, build("GET", "/x;%s" % key, [], None, "1.1")).body.decode()


def test_sessions_keep_their_back_ends():
    """Through a change of their order; those of a back-end that goes are chosen anew."""
    pound, _ = front(first, second)
    keys = ["key%d" % i for i in range(60)]
    before = {key: ask_for(pound, key) for key in keys}
    equal(set(before.values()), {"first", "second"})
    pound.reload(config(third, second, first))
    equal({key: ask_for(pound, key) for key in keys}, before)
    pound.reload(config(third, second))
    after = {key: ask_for(pound, key) for key in keys}
    equal([key for key in keys if before[key] == "second" and after[key] != "second"], [])
    assert "first" not in after.values()
    pound.reload(config(third, second))
    equal({key: ask_for(pound, key) for key in keys}, after)
    pound.stop()


def test_long_keys():
    """Those that are kept as digests."""
    pound, _ = front(first, second)
    keys = ["%d" % i + "k" * 1000 for i in range(20)]
    before = [ask_for(pound, key) for key in keys]
    for _ in range(3):
        pound.reload()
    equal([ask_for(pound, key) for key in keys], before)
    pound.stop()


def test_sessions_in_use():
    """Those, too, that clients use while the next worker is told of all."""
    pound = Pound(redirecting(300))
    keys = range(30000)
    before = fill(pound.port, keys)[1]
    stop, wrong, used = threading.Event(), [], []

    def use(number):
        dice = random.Random(number)
        while not stop.is_set():
            key = dice.randrange(len(keys))
            place = ask(pound.port, request("HEADER", key)).get("Location")
            used.append(key)
            if place[8:9] != before[key].decode():
                wrong.append((key, place))
    threads = [threading.Thread(target=use, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        pound.reload()
    stop.set()
    for thread in threads:
        thread.join()
    print("# %d were used meanwhile" % len(used))
    equal(wrong, [])
    after = fill(pound.port, keys)[1]
    equal([key for key in keys if after[key] != before[key]], [], "have moved")
    pound.stop()


def test_sessions_of_another_kind():
    """What was an argument is no address: such sessions are not the old ones."""
    pound, ctl = front(first, second)
    ask_for(pound, "key")
    pound.reload(config(first, second, session="Session\nType IP\nTTL 60\nEnd"))
    equal(ctl.json()["listeners"][0]["services"][0]["session_count"], 0)
    pound.stop()


def backends(ctl):
    """{address: (alive, disabled)}"""
    return {one["address"]: (one["alive"], not one["enabled"])
            for one in ctl.json()["listeners"][0]["services"][0]["backends"]}


def test_marks():
    """Disabled by poundctl and dead; what the file says anew counts."""
    third.down()
    pound, ctl = front(first, second, third, glob="Alive 60\n")
    ctl.good("-b", 0, 0, 0)
    fresh = map("new%d".__mod__, itertools.count())  # each is a session of its own
    until(lambda: ask_for(pound, next(fresh)) and not backends(ctl)[address(third)][0],
          "a dead back-end")
    pound.reload(config(third, second, first, glob="Alive 60\n"))
    equal(backends(ctl), {address(first): (True, True), address(second): (True, False),
                          address(third): (False, False)})
    ctl.good("-B", 0, 0, 2)
    pound.reload()
    equal(backends(ctl)[address(first)], (True, False))
    pound.rewrite(config(third, second, glob="Alive 60\n").replace(
        backend(second), backend(second, "Disabled 1").replace("\n", "\n\t")).replace(
        "Port %d\n" % second.port, "Port %d\n\tDisabled 1\n" % second.port))
    pound.reload()
    equal(backends(ctl)[address(second)], (True, True))
    third.up()
    pound.stop()


def address(origin):
    return "%s:%d" % (origin.host, origin.port)


def test_services_and_listeners():
    """A service by its name, wherever it stands; a listener by its address."""
    text = config(first) + 'Service "other"\nEnd\n' + listener(service(), port="two") + "\n"
    pound, ctl = Pound(text), None
    ctl = Ctl(pound)
    ctl.good("-s", -1, 0)
    ctl.good("-l", 1)
    pound.reload(listener(service(), port="two") + "\n" + config(first) +
                 'Service "new"\nEnd\nService "other"\nEnd\n')
    state = ctl.json()
    equal([one["enabled"] for one in state["services"]], [True, False])
    equal([one["enabled"] for one in state["listeners"]], [False, True])
    pound.stop()


def test_counters():
    pound, ctl = front(first)
    for _ in range(5):
        ask_for(pound, "k")
    before = ctl.json()["listeners"][0]
    pound.reload()
    for _ in range(2):
        ask_for(pound, "k")
    after = ctl.json()["listeners"][0]
    equal((before["services"][0]["requests"], after["services"][0]["requests"]), (5, 7))
    equal(after["services"][0]["backends"][0]["requests"], 7)
    equal(after["accepted"] >= before["accepted"] + 2, True)
    until(lambda: ctl.json()["listeners"][0]["services"][0]["requests_now"] == 0,
          "end of the requests")
    pound.stop()


main()
