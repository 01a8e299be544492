#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ClientCert 0 to 3, CAlist, VerifyList, CRLlist: B.9.2, B.9.3, A.4 4, 6, 18.

The matrix: every mode, every kind of certificate, TLS 1.2 and 1.3, with a
full handshake and with a session that was made before.
"""

import re
import time

from harness import *
from lib.client_certs import *
from lib.tls import *

origin = Origin()
@once
def pound():
    """Port m0 to m3: a listener for each mode; Client is 2 s."""
    text = SHORT + "LogLevel 0\n"
    for mode in MODES:
        text += https(cert(), *rules(mode), service(backend(origin)), port="m%d" % mode)
    text += https(cert(), *rules(2, 2), service(backend(origin)), port="deeper")
    return Pound(text)


def port(mode):
    return pound().ports["m%d" % mode]


def context(kind, version):
    return client_context(version, version, own=clients()[kind])


def subject():
    """What the back-end was told about the client."""
    value = origin.one().get("X-SSL-Subject")
    return value and value.split("= ")[-1]


def is_served(name, where, ctx, session=None, reused=None):
    with TlsClient(where, ctx, session=session) as client:
        equal(client.get().status, 200)
        if reused is not None:
            equal(client.tls.session_reused, reused, "resumed")
        equal(subject(), name or None)
        return client.session()


def is_refused(where, ctx, kind, session=None):
    """Nothing gets through, and the log has one NOTICE for a bad one."""
    mark = pound().mark()
    fails(where, ctx, session=session)
    assert not origin.take(), "a request reached the back-end"
    if kind == "none":
        equal(pound().since(mark, "Bad certificate"), [], "the log")
    else:
        lines = pound().wait_log("Bad certificate from 127.0.0.1", mark)
        equal(len(lines), 1, "lines of the log: %r" % lines)


CELLS = [("mode %d, %s, %s" % (mode, kind, name), mode, kind, version)
         for mode in MODES for kind in ("none", "valid") + REFUSED for name, version in VERSIONS]


def test_full():
    def one(_, mode, kind, version):
        ctx, want = context(kind, version), expected(mode, kind)
        if want is False:
            is_refused(port(mode), ctx, kind)
        else:
            is_served(want, port(mode), ctx, reused=False)
    each(CELLS, one)


def test_resumed():
    """Who was let in comes back with the session and is the same; who was
    not has one of the listener that takes all, and it opens nothing."""
    def one(_, mode, kind, version):
        ctx, want = context(kind, version), expected(mode, kind)
        if want is not False:
            session = is_served(want, port(mode), ctx)
            assert session, "no session"
            for _ in range(2):
                session = is_served(want, port(mode), ctx, session, reused=True)
            return
        session = is_served(NAMES.get(kind), port(3), ctx)
        is_refused(port(mode), ctx, kind, session)
    each(CELLS, one)


def test_sessions_of_another_policy():
    """Resumed with nobody else: each pair of listeners."""
    def one(_, source, target, version):
        ctx = context("valid", version)
        session = is_served(expected(source, "valid"), port(source), ctx)
        is_served(expected(target, "valid"), port(target), ctx, session, reused=source == target)
    each([("%d to %d, %s" % (source, target, name), source, target, version)
          for source in MODES for target in MODES for name, version in VERSIONS], one)


def test_session_without_certificate():
    """One of mode 1, made without a certificate, does not open mode 2."""
    for _, version in VERSIONS:
        ctx = context("none", version)
        session = is_served(None, port(1), ctx)
        is_refused(port(2), ctx, "none", session)


def test_depth():
    """One authority more is let in where the depth is 2."""
    deeper = pound().ports["deeper"]
    for _, version in VERSIONS:
        is_served("deep", deeper, context("too deep", version))
        is_served("valid", deeper, context("valid", version))
        is_refused(deeper, context("expired", version), "expired")


def test_depth_by_default():
    """ClientCert 2 alone means nine."""
    lines = [line for line in rules(2) if not line.startswith("ClientCert")]
    own = Pound(SHORT + https(cert(), "ClientCert 2", *lines, service(backend(origin))))
    for _, version in VERSIONS:
        is_served("deep", own.port, context("too deep", version))
    own.stop()


def test_without_lists():
    """Nothing verifies without a VerifyList; mode 3 does not ask."""
    for mode in (1, 2, 3):
        own = Pound(SHORT + https(cert(), "ClientCert %d" % mode, "XSSLHeaders 2",
                                  service(backend(origin))))
        for _, version in VERSIONS:
            ctx = context("valid", version)
            if mode == 3:
                is_served("valid", own.port, ctx)
            else:
                fails(own.port, ctx)
                own.wait_log("Bad certificate from 127.0.0.1")
                assert not origin.take()
        own.stop()


def test_missing_crl():
    """CRLs are asked for all of the chain: without the issuer's nobody is let in."""
    crl = pki.write("only.crl", root().crl())
    own = Pound(SHORT + https(cert(), "ClientCert 2 2", 'VerifyList "%s"' % root().pem,
                              'CRLlist "%s"' % crl, service(backend(origin))))
    for _, version in VERSIONS:
        fails(own.port, context("valid", version))
    assert not origin.take()
    own.stop()


def test_verify_list_with_the_issuer():
    """Who is in the list need not be sent along."""
    both = pki.write("both.crt", root().crt, issuer().crt)
    own = Pound(SHORT + https(cert(), "ClientCert 2", "XSSLHeaders 2", 'VerifyList "%s"' % both,
                              service(backend(origin))))
    for _, version in VERSIONS:
        is_served("valid", own.port, context("valid", version))
        bare = issuer().issue("bare%d" % version, [], subject="/CN=bare")
        bare.pem = bare.file("bare.pem", "crt", "key")  # sends no chain
        is_served("bare", own.port, client_context(version, version, own=bare))
    own.stop()


def test_ca_list():
    """The names in the request for a certificate are those of CAlist."""
    names = pki.write("names.crt", root().crt, issuer().crt)
    own = Pound(SHORT + https(cert(), "ClientCert 1", 'VerifyList "%s"' % root().pem,
                              'CAlist "%s"' % names, service(backend(origin))))
    for option in ("-tls1_2", "-tls1_3"):
        text = s_client(own.port, option)
        asked = re.search(r"Acceptable client certificate CA names\n(.*?)\n(?![A-Z]+ = )",
                          text, re.S)
        equal(sorted(asked.group(1).split("\n")), ["O = Tests, CN = issuer", "O = Tests, CN = root"])
        assert "Acceptable" not in s_client(port(0), option)
    own.stop()
    origin.take()


def test_large_certificate():
    """One of more than a record and of more than a packet."""
    names = ["host%04d.a-rather-long-name-of-a-test.example" % n for n in range(500)]
    large = issuer().issue("large", names, subject="/CN=large")
    assert len(large.crt) > 32000
    for _, version in VERSIONS:
        is_served("large", port(1), client_context(version, version, own=large))


def test_flood_of_bad_ones():
    """At most 50 lines of a second (A.5): 120 handshakes last two at most, or else it is
    a slow machine, where more lines are right."""
    mark, begin = pound().quiet().mark(), time.monotonic()
    for _ in range(120):
        fails(port(1), context("wrong CA", V12))
    took = elapsed(begin)
    lines = pound().quiet().since(mark, "Bad certificate")
    assert 50 <= len(lines) <= 50 * (int(took) + 2), "%d lines in %.1f s" % (len(lines), took)
    assert took > 3 or len(lines) < 120, "%d lines in %.1f s" % (len(lines), took)


main()
