#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that are taken up again: tickets and ids, never across listeners or
rules for clients' certificates, no early data.  A.4 4."""

import os
import re
import signal
import ssl

from harness import *
from lib.tls import *

origin = Origin()


@once
def pound():
    """main and other differ in their port alone; policy asks for certificates."""
    text = SHORT + "LogLevel 0\n"
    for port in ("main", "other"):
        text += https(cert(), service(backend(origin)), port=port)
    text += https(cert(), "ClientCert 1", 'VerifyList "%s"' % root().pem,
                  service(backend(origin)), port="policy")
    return Pound(text)


def connect(port, ctx, session, want, what=""):
    """A connection with a session: served in any case; the next session."""
    with TlsClient(port, ctx, session=session) as client:
        equal(client.get().status, 200)
        equal(client.tls.session_reused, want, what or "resumed")
        return client.session()


def contexts():
    """Tickets of 1.3 and of 1.2, and ids of 1.2."""
    ids = client_context(V12, V12)
    ids.options |= ssl.OP_NO_TICKET
    return [("tickets of 1.3", client_context(V13)), ("tickets of 1.2", client_context(V12, V12)),
            ("ids", ids)]


def test_resumed():
    """Again and again, and each time a new one may be kept."""
    def one(_, ctx):
        session = connect(pound().port, ctx, None, False)
        for _ in range(5):
            session = connect(pound().port, ctx, session, True)
    each(contexts(), one)
    origin.take()


def test_kinds():
    """Which is which: a ticket is sent, or an id alone."""
    for (name, ctx), ticket in zip(contexts(), (True, True, False)):
        session = resume(pound().port, ctx)
        equal(session.has_ticket, ticket, name)
        if not ticket:
            equal(len(session.id), 32, "length of the id")
    origin.take()


def test_by_every_thread():
    """Connections of all threads take the ticket (ids, too)."""
    def one(_, ctx):
        session = resume(pound().port, ctx)
        clients = [TlsClient(pound().port, ctx, session=session) for _ in range(24)]
        for client in clients:
            equal(client.get().status, 200)
        equal([c.tls.session_reused for c in clients], [True] * 24)
        for client in clients:
            client.close()
    each(contexts(), one)
    origin.take()


def test_never_across_listeners():
    """A full handshake where a session is not known, which is no failure."""
    def one(_, ctx):
        for here in ("main", "other", "policy"):
            session = resume(pound().ports[here], ctx)
            for there in ("main", "other", "policy"):
                connect(pound().ports[there], ctx, session, here == there,
                        "%s at %s" % (here, there))
    each(contexts(), one)
    origin.take()


def test_other_pound():
    """Another program's tickets are unknown, though the files are the same."""
    def one(_, ctx):
        session = resume(pound().port, ctx)
        own = Pound(secure(origin))
        connect(own.port, ctx, session, False)
        own.stop()
    each(contexts(), one)
    origin.take()


def test_forged_tickets():
    """A ticket with a bit changed anywhere is none."""
    def one(_, option):
        where = pki.path("session.pem")
        s_client(pound().port, option, "-sess_out", where)
        assert "Reused, " in s_client(pound().port, option, "-sess_in", where)
        der = bytearray(pki.openssl("sess_id", "-in", where, "-outform", "DER"))
        ticket = ticket_of(where)
        at = der.find(ticket)
        assert at > 0 and len(ticket) >= 160, "no ticket in the session"
        for bit in (0, 10, 20, 40, len(ticket) // 2, len(ticket) - 1):
            forged = bytearray(der)
            forged[at + bit] ^= 1
            path = pki.write("forged.pem", pem_session(forged))
            text = s_client(pound().port, option, "-sess_in", path)
            assert "HTTP/1.1 200 OK" in text and "\nNew, " in text, "byte %d: %s" % (
                bit, text[-300:])
    each([("1.2", "-tls1_2"), ("1.3", "-tls1_3")], one)
    origin.take()


def ticket_of(where):
    """The bytes of the ticket in a session's file."""
    text = pki.openssl("sess_id", "-in", where, "-noout", "-text").decode("latin-1")
    dump = text.split("TLS session ticket:\n")[1]
    rows = re.findall(r"^    [0-9a-f]{4} - ((?:[0-9a-f]{2}[ -]){1,16})", dump, re.M)
    return bytes.fromhex("".join(rows).replace("-", " "))


def pem_session(der):
    import base64
    text = base64.encodebytes(bytes(der)).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN SSL SESSION PARAMETERS-----\n%s\n-----END SSL SESSION PARAMETERS-----\n" % (
        "\n".join(lines))


def test_after_a_crash():
    """The next worker reads the tickets of the one that died."""
    own = Pound(secure(origin), crash=True)
    held = [(ctx, resume(own.port, ctx)) for _, ctx in contexts()[:2]]
    first = own.worker_pid()
    os.kill(first, signal.SIGKILL)
    own.worker_pid(other_than=first)
    until(lambda: serves(own.port), "the next worker")
    for ctx, session in held:
        connect(own.port, ctx, session, True)
    own.stop()
    origin.take()


def serves(port):
    try:
        with TlsClient(port) as client:
            return client.get().status == 200
    except (OSError, AssertionError):
        return False


def test_no_early_data():
    """Not offered, and not read when it is sent all the same."""
    where = pki.path("early.pem")
    early = pki.write("early.txt", b"GET /early HTTP/1.1\r\nHost: h.test\r\n\r\n")
    s_client(pound().port, "-tls1_3", "-sess_out", where)
    text = pki.openssl("sess_id", "-in", where, "-noout", "-text").decode("latin-1")
    allowed = re.search(r"Max Early Data: (\d+)", text)
    assert not allowed or allowed.group(1) == "0", allowed
    text = s_client(pound().port, "-tls1_3", "-sess_in", where, "-early_data", early)
    assert "Early data was accepted" not in text, text
    assert "/early" not in [r.target for r in origin.take()]


def test_lost_connections_resume():
    """A session is good though its connection ended badly (RFC 5246, 7.2.1)."""
    def one(_, ctx, end):
        client = TlsClient(pound().port, ctx)
        equal(client.get().status, 200)
        session = client.session()
        end(client)
        connect(pound().port, ctx, session, True)
    each([("%s, %s" % (name, how), ctx, end) for name, ctx in contexts() for how, end in (
        ("reset", Client.rst), ("closed", Client.close), ("cut", lambda c: c.sock.cut()),
        ("reset while asking", lambda c: c.request().rst()))], one)
    origin.take()


def test_broken_connections_spoil_ids():
    """What is no record ends in a fatal alert: the id is forgotten (RFC 5246, 7.2.2)."""
    for name, ctx in contexts():
        client = TlsClient(pound().port, ctx)
        equal(client.get().status, 200)
        session = client.session()
        client.sock.sock.sendall(b"\x17\x03\x03\x00\x40" + bytes(64))
        client.rest()
        connect(pound().port, ctx, session, name != "ids", name)
    origin.take()


main()
