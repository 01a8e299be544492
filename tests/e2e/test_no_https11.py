#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""NoHTTPS11: 0 keeps connections, 1 closes all of HTTPS, 2 those of MSIE.
B.4.8."""

from harness import *
from lib.tls import *

origin = Origin()
MSIE = "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"
OTHERS = ["User-Agent: curl/8", "User-Agent: msie", "User-Agent: Mozilla (Trident)",
          "X-Agent: MSIE"]


@once
def pound():
    """Without the directive, and with each value."""
    text = SHORT
    for port, lines in (("none", []), ("v0", ["NoHTTPS11 0"]), ("v1", ["NoHTTPS11 1"]),
                        ("v2", ["NoHTTPS11 2"])):
        text += https(cert(), *lines, service(backend(origin)), port=port)
    return Pound(text)


def kept(port, *fields, method="GET", body=None):
    """Whether a second request is served on the connection; if not, the first
    answer says so and the connection ends properly."""
    with TlsClient(pound().ports[port]) as client:
        answer = client.get("/", *fields, method=method, body=body)
        equal(answer.status, 200)
        if answer.get("Connection") == "close":
            equal((client.rest(), client.ended), (b"", "fin"))
            return False
        equal(client.get("/", *fields, method=method, body=body).status, 200)
        return True


def test_kept():
    def one(port, fields, want):
        equal(kept(port, *fields), want)
        equal(kept(port, *fields, method="POST", body=b"hello"), want)
    each([(port, fields, port in ("none", "v0") or (port == "v2" and fields != [MSIE]))
          for port in ("none", "v0", "v1", "v2")
          for fields in [[], [MSIE]] + [[other] for other in OTHERS]], one)
    origin.take()


def test_pipelined():
    """What stands behind the request that closes is not served."""
    for port, fields in (("v1", []), ("v2", [MSIE])):
        with TlsClient(pound().ports[port]) as client:
            client.send(build("GET", "/", fields, None, "1.1") * 3)
            equal(client.answer().get("Connection"), "close")
            equal((client.rest(), client.ended), (b"", "fin"))
        origin.one()


def test_only_some_requests():
    """A connection of others is closed by a request that says MSIE."""
    with TlsClient(pound().ports["v2"]) as client:
        equal(client.get("/").get("Connection"), None)
        equal(client.get("/", MSIE).get("Connection"), "close")
        equal((client.rest(), client.ended), (b"", "fin"))
    origin.take()


main()
