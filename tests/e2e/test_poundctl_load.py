#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings fetched a thousand times under load: no request fails."""

import json
import threading
from xml.etree import ElementTree

from harness import *
from lib import openmetrics
from lib.ctl import CONTROL, Ctl

FETCHES = 1000
CLIENTS = 6
ASKERS = 2


class Load:
    """Clients that send requests until they are told to stop."""

    def __init__(self, port):
        self.port = port
        self.stop = threading.Event()
        self.failures = []
        self.answered = [0] * CLIENTS
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True)
                        for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        try:
            while not self.stop.is_set():
                with Client(self.port, timeout=30) as client:
                    for turn in range(50):
                        answer = client.get("/?k=%d.%d" % (number, turn))
                        equal((answer.status, answer.body), (200, b"ok"))
                        self.answered[number] += 1
        except (AssertionError, OSError) as error:
            self.failures.append(error)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
        equal(self.failures, [])
        assert min(self.answered) > 0, self.answered
        return sum(self.answered)


def check_text(text):
    assert text.startswith("Requests in queue: "), text
    assert text.count(" Backend ") == 2 and text.count("Global services") == 1, text


def check_xml(text):
    equal(len(ElementTree.fromstring(text).findall(".//backend")), 2)


def check_json(text):
    tree = json.loads(text)
    for service_ in tree["listeners"][0]["services"]:
        assert 0 <= service_["requests_now"] <= CLIENTS, service_
        ended = sum(service_["answers"].values())
        assert ended <= service_["requests"], service_


def check_metrics(text):
    openmetrics.parse(text)


FORMS = [((), check_text), (("-X",), check_xml), (("json",), check_json),
         (("metrics",), check_metrics)]


def fetch(ctl, count, failures):
    try:
        for number in range(count):
            args, check = FORMS[number % len(FORMS)]
            check(ctl.good(*args))
    except (AssertionError, ValueError, OSError) as error:
        failures.append(error)


def test_a_thousand_listings():
    session = block("Session", "Type URL", 'ID "k"', "TTL 300")
    pound = Pound(CONTROL + SHORT + "LogLevel 0\n" + listener(
        service(backend(Origin()), backend(Origin()), session)))
    ctl = Ctl(pound)
    load = Load(pound.port)
    failures = []
    askers = [threading.Thread(target=fetch, args=(ctl, FETCHES // ASKERS, failures))
              for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    answered = load.end()
    equal(failures, [])
    until(lambda: ctl.json()["requests_now"] == 0, "the end of all requests")
    tree = ctl.json()
    equal(tree["listeners"][0]["services"][0]["requests"], answered)
    equal(tree["outcomes"]["ok"], answered)
    equal(sum(b["requests"] for b in tree["listeners"][0]["services"][0]["backends"]), answered)
    print("# %d requests" % answered)


def test_switching_under_load():
    """Back-ends that come and go by poundctl lose no request."""
    pound = Pound(CONTROL + SHORT + "LogLevel 0\n" + listener(
        service(backend(Origin()), backend(Origin()))))
    ctl = Ctl(pound)
    load = Load(pound.port)
    for turn in range(60):
        index = turn % 2
        ctl.good("-b", 0, 0, index)
        ctl.good("-B", 0, 0, index)
    load.end()


main(limit=200)
