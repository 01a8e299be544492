#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""testssl.sh against a listener as it is by default, A.4 1: protocols, ciphers, forward
secrecy, preferences, vulnerabilities."""

import json
import shutil
import subprocess
import threading

from peers import *
from lib.tls import *

FINE = ("DEBUG", "INFO", "OK", "LOW")
# What is judged at all, so that a run that ended early is not taken for a good one.
JUDGED = {"SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3", "cipherlist_NULL",
          "cipherlist_aNULL", "cipherlist_EXPORT", "cipherlist_AVERAGE", "cipherlist_STRONG", "PFS",
          "cipher_order", "heartbleed", "CCS", "ticketbleed", "ROBOT", "secure_renego",
          "secure_client_renego", "CRIME_TLS", "POODLE_SSL", "fallback_SCSV", "SWEET32", "FREAK",
          "DROWN", "LOGJAM", "BEAST", "LUCKY13", "RC4"}
# The order of the ciphers is the client's, as it always was; and what it has to say of the
# openssl that it runs.
CLIENTS_ORDER, NOT_OURS = "cipher_order", "engine_problem"
WHOLE = ["-p", "-s", "-f", "-P", "-U"]

origin = Origin()
own = [cert(), cert(key="rsa")]
pound = Pound("LogLevel 0\n" + https(own, service(backend(origin)))
              + https(own, "SSLHonorCipherOrder 1", service(backend(origin)), port="ours")
              + https(own, "MinProtocol TLSv1", service(backend(origin)), port="old"))
reports = {}


def examine(name, parts):
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    assert program, "testssl.sh is not installed"
    folder = Peer(None).folder
    done = subprocess.run(
        [program, *parts, "--quiet", "--color", "0", "--warnings", "off",
         "--add-ca", root().pem, "--jsonfile", "report.json", "127.0.0.1:%d" % pound.ports[name]],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=200 * SLOW)
    assert os.path.exists(folder + "/report.json"), done.stdout[-2000:]
    with open(folder + "/report.json") as file:
        reports[name] = {found["id"]: found for found in json.load(file)}


def examine_all():
    """All at once: a run waits for time-outs of its own more than for us."""
    parts = {"main": WHOLE, "ours": WHOLE, "old": ["--protocols", "--tls-fallback", "--beast"]}
    threads = [threading.Thread(target=examine, args=pair) for pair in parts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    origin.take()


def complaints(name):
    say("%s: %d findings of testssl.sh", name, len(reports[name]))
    return {key: "%(severity)s: %(finding)s" % found for key, found in reports[name].items()
            if found["severity"] not in FINE and key != NOT_OURS}


def test_default():
    examine_all()
    equal(JUDGED - set(reports["main"]), set(), "what was not judged")
    found = complaints("main")
    found.pop(CLIENTS_ORDER, None)
    equal(found, {})


def test_our_order():
    """With SSLHonorCipherOrder there is nothing at all."""
    equal(JUDGED - set(reports["ours"]), set(), "what was not judged")
    equal(complaints("ours"), {})


def test_old_protocols():
    """The test can find something: what MinProtocol TLSv1 lets in is seen, and a fall
    back from what is better is not possible even so."""
    equal(set(complaints("old")), {"BEAST_CBC_TLS1"})
    told = {key: found["finding"] for key, found in reports["old"].items()}
    equal([told[key] for key in ("SSLv3", "TLS1", "TLS1_1", "fallback_SCSV")],
          ["not offered", "offered (deprecated)", "offered (deprecated)", "supported"])


main(limit=280)
