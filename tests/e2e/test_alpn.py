#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ALPN, RFC 7301: http/1.1 and http/1.0, nothing else."""

import re

from harness import *
from lib.tls import *

origin = Origin()


@once
def pound():
    return Pound(secure(origin))


CHOICES = [
    # offered, chosen
    (None, None),
    (["http/1.1"], "http/1.1"),
    (["http/1.0"], "http/1.0"),
    (["h2", "http/1.1"], "http/1.1"),
    (["http/1.1", "h2"], "http/1.1"),
    (["http/1.0", "http/1.1"], "http/1.1"),
    (["h2", "http/1.0"], "http/1.0"),
    (["spdy/3", "h2", "h3", "http/1.1"], "http/1.1"),
    (["x" * 255, "http/1.1"], "http/1.1"),
]
REFUSED = [["h2"], ["h2", "h3"], ["HTTP/1.1"], ["http/1.1 "], ["http/1"], ["http/1.10"], ["ftp"],
           ["acme-tls/1"], ["xhttp/1.1"], ["\x08http/1."]]


def test_chosen():
    def one(offer, want):
        for _, version in VERSIONS:
            with TlsClient(pound().port, client_context(version, version, alpn=offer)) as client:
                equal(client.tls.selected_alpn_protocol(), want)
                equal(client.get().status, 200)
    each(CHOICES, one)
    origin.take()


def test_refused():
    """A client that offers only others gets no_application_protocol."""
    def one(offer):
        for _, version in VERSIONS:
            how = fails(pound().port, client_context(version, version, alpn=offer))
            assert "no application protocol" in how, how
    each([(offer,) for offer in REFUSED], one)
    equal(origin.take(), [])


def test_s_client():
    for option in ("-tls1_2", "-tls1_3"):
        text = s_client(pound().port, option, "-alpn", "h2,http/1.1")
        assert "ALPN protocol: http/1.1" in text and "HTTP/1.1 200 OK" in text, text[-400:]
        text = s_client(pound().port, option, "-alpn", "h2")
        assert re.search("alert no application protocol", text), text[-400:]
        text = s_client(pound().port, option)
        assert "No ALPN negotiated" in text and "HTTP/1.1 200 OK" in text, text[-400:]
    origin.take()


def test_resumed():
    """A resumed session chooses anew, and is refused anew."""
    for _, version in VERSIONS:
        ctx = client_context(version, version, alpn=["http/1.1"])
        session = resume(pound().port, ctx)
        with TlsClient(pound().port, ctx, session=session) as client:
            assert client.tls.session_reused
            equal(client.tls.selected_alpn_protocol(), "http/1.1")
            equal(client.get().status, 200)
    origin.take()


def test_version_of_the_request_is_free():
    """Who chose http/1.0 may still speak 1.1, and the other way round."""
    for offer in (["http/1.0"], ["http/1.1"]):
        for http in ("1.0", "1.1"):
            with TlsClient(pound().port, client_context(alpn=offer)) as client:
                equal(client.get("/", version=http).status, 200)
    origin.take()


main()
