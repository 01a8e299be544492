#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""RewriteDestination: B.4.5, A.2 23."""

import subprocess
import tempfile

from harness import *

origin = Origin()
six = Origin(host="::1")
folder = tempfile.mkdtemp(prefix="pound-e2e.")
local = Origin(path=folder + "/socket")


@once
def pound():
    def one(port, back, *lines):
        return listener("xHTTP 2", *lines, service(backend(back)), port=port)
    on = "RewriteDestination 1"
    return Pound(SHORT + one("on", origin, on) + one("off", origin) + one("no", origin,
                 "RewriteDestination 0") + one("v6", six, on) + one("unix", local, on) + "\n")


def received(port, value, back=origin, method="MOVE", more=()):
    request = served(pound().ports[port], back, build(
        method, "/a", ["Destination: " + value, *more], None, "1.1"), method)
    return request.get("Destination")


TABLE = [  # as sent, and what stands behind scheme and address
    ("http://h.test/b", "/b"), ("http://h.test:8080/b/c", "/b/c"), ("HTTP://H.TEST/B", "/B"),
    ("https://h.test/b", "/b"), ("http://h.test", "/"), ("http://h.test?x", "/?x"),
    ("http://h.test/a%20b?c=d#e", "/a%20b?c=d#e"), ("http://[::1]:80/b", "/b"),
    ("http://other.test//b", "//b"), ("http://h.test/caf\xe9", "/caf\xe9"),
]
ALONE = [
    "/b", "b", "", "*", "ftp://h.test/b", "http:/h.test/b", "http://", "http:///b", "//h.test/b",
    "http://user@h.test/b", "http://h.test:x/b", "http://h.test:70000/b", "x http://h.test/b",
]


def test_rewritten():
    """The address of the back-end, the path as it was."""
    def rewritten(value, rest):
        equal(received("on", value), "http://127.0.0.1:%d%s" % (origin.port, rest))
    each(TABLE, rewritten)


def test_ipv6_in_brackets():
    equal(received("v6", "http://h.test/b", six), "http://[::1]:%d/b" % six.port)


def test_left_alone():
    """What cannot be understood; and no other field is lost with it."""
    def alone(value):
        request = served(pound().ports["on"], origin, build("COPY", "/a", [
            "X-Before: 1", "Destination: " + value, "Depth: 0", "Overwrite: T"], None, "1.1"), "COPY")
        equal(request.get("Destination"), value)
        equal(request.names()[:5], ["Host", "X-Before", "Destination", "Depth", "Overwrite"])
    each([(value,) for value in ALONE], alone)


def test_unix_back_end():
    """It has no address that a URL could name."""
    equal(received("unix", "http://h.test/b", local), "http://h.test/b")


def test_off():
    for port in ("off", "no"):
        equal(received(port, "http://h.test/b"), "http://h.test/b")


def test_methods_and_spelling():
    """In any request, whatever its method; the name as it was sent."""
    for method in ("MOVE", "COPY", "PROPPATCH", "GET"):
        request = served(pound().ports["on"], origin, build(
            method, "/a", ["dESTINATION: http://h.test/b"], None, "1.1"), method)
        assert ("dESTINATION", "http://127.0.0.1:%d/b" % origin.port) in request.fields


def test_many():
    """Each of them grows; none is lost."""
    fields = ["Destination: http://h/%d" % i for i in range(120)]
    request = served(pound().ports["v6"], six, build("MOVE", "/a", fields, None, "1.1"), "MOVE")
    equal(request.all("Destination"), ["http://[::1]:%d/%d" % (six.port, i) for i in range(120)])


def test_with_the_next_back_end():
    """The one that gets the request is the one that is named."""
    down = Origin(up=False)
    front = Pound(SHORT + listener("xHTTP 2", "RewriteDestination 1", service(
        backend(down, "Priority 9"), backend(origin, "Priority 1"))) + "\n")
    for _ in range(3):
        request = served(front.port, origin, build(
            "MOVE", "/a", ["Destination: http://h.test/b"], None, "1.1"), "MOVE")
        equal(request.get("Destination"), "http://127.0.0.1:%d/b" % origin.port)
    front.stop()


def test_https_back_end():
    """https, when the back-end is spoken to so."""
    pem = folder + "/server.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=h.test",
                    "-keyout", pem, "-out", pem + ".crt"], check=True, capture_output=True)
    with open(pem, "a") as key, open(pem + ".crt") as crt:
        key.write(crt.read())
    behind = Pound(SHORT + block("ListenHTTPS", "Address 127.0.0.1", "Port @main@", "xHTTP 2",
                                 'Cert "%s"' % pem, service(backend(origin))) + "\n", wait=False)
    until(lambda: behind.since(0, "serves"), "the Pound behind")
    front = Pound(SHORT + listener("xHTTP 2", "RewriteDestination 1", service(block(
        "BackEnd", "Address 127.0.0.1", "Port %d" % behind.port, "HTTPS"))) + "\n")
    request = served(front.port, origin, build(
        "MOVE", "/a", ["Destination: http://h.test/b"], None, "1.1"), "MOVE")
    equal(request.get("Destination"), "https://127.0.0.1:%d/b" % behind.port)
    front.stop()
    behind.stop()


main()
