#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a handshake may take, A.4 13: Client seconds in all, or for each flight where
clients are asked for a certificate; and who says nothing after it."""

import ssl
import threading
import time

from harness import *
from lib.tls import *

origin = Origin()
CONTEXTS = [(name, client_context(version, version)) for name, version in VERSIONS]


@once
def pound():
    """Port m0 to m3: a listener for each mode of ClientCert; Client is 2 s."""
    text = SHORT + "LogLevel 1\n"
    for mode in range(4):
        text += https(cert(), "ClientCert %d 3" % mode, 'VerifyList "%s"' % root().pem,
                      service(backend(origin)), port="m%d" % mode)
    return Pound(text)


own = issuer().issue("valid", [], subject="/CN=valid")


def context(version):
    return client_context(version, version, own=own)


# --- All of it -------------------------------------------------------------------


def half_silent(client, hello):
    pass


def half_hello(client, hello):
    client.send(hello[:50])


def half_first_flight(client, hello):
    client.send(hello)


def half_dribbled(client, hello):
    """Less than a hello within Client seconds, in many pieces."""
    end = time.monotonic() + 1.8
    for i in range(40):
        if time.monotonic() < end:
            client.send(hello[i:i + 1])
            time.sleep(0.1)


HALVES = [half_silent, half_hello, half_first_flight, half_dribbled]


def test_half_handshakes():
    """Cut after Client seconds in all, whatever dribbles in; nobody waits."""
    stop, times = threading.Event(), []

    def others():
        while not stop.is_set():
            begin = time.monotonic()
            with TlsClient(pound().ports["m0"]) as client:
                equal(client.get().status, 200)
            times.append(elapsed(begin))
            time.sleep(0.05)

    def half(name, function, context):
        with Client(pound().ports["m0"]) as client:
            begin = time.monotonic()
            function(client, first_flight(context))
            client.rest(8 * SLOW)
            took = elapsed(begin)
            assert 1.8 <= took <= 3 + SLOW, "cut after %.2f s" % took

    mark = pound().quiet().mark()
    server = threading.Thread(target=others, daemon=True)
    server.start()
    each([("%s %s %d" % (f.__name__, name, n), f, context) for f in HALVES
          for name, context in CONTEXTS for n in range(10)], half, together=True)
    stop.set()
    server.join()
    assert len(times) > 10, "only %d were served" % len(times)
    times.sort()
    assert times[len(times) // 2] < 0.25 * SLOW, "the others had to wait: %r" % times
    equal([line for line in pound().since(mark) if "HTTP/1.1 200" not in line], [], "the log")
    origin.take()


def test_silent_after_the_handshake():
    """Closed after Client seconds, with close_notify and not a word."""
    mark = pound().quiet().mark()

    def one(_, context):
        with TlsClient(pound().ports["m0"], context) as client:
            begin = time.monotonic()
            equal((client.rest(), client.ended), (b"", "fin"))
            assert 1.8 <= elapsed(begin) <= 3 + SLOW, "after %.2f s" % elapsed(begin)
    each(CONTEXTS, one, together=True)
    equal(pound().quiet().since(mark), [], "the log")


# --- Each flight ------------------------------------------------------------------


def handshake_in_pieces(where, ctx, waits):
    """Wait before each flight of the client: seconds until the end, served?"""
    begin = time.monotonic()
    waits = list(waits)

    def pace(data):
        if waits:
            time.sleep(waits.pop(0))
        return data
    try:
        with TlsClient(where, ctx, pace=pace, timeout=30) as client:
            return elapsed(begin), client.get().status == 200
    except (OSError, AssertionError):
        return elapsed(begin), False


def test_deadline_per_flight():
    """Mode 0 has Client seconds in all, the others as much for each flight."""
    def one(_, mode, version, waits, good, by):
        took, got = handshake_in_pieces(pound().ports["m%d" % mode], context(version), waits)
        assert got == good, "%s after %.1f s" % ("served" if got else "cut", took)
        assert took <= by + SLOW, "took %.1f s" % took
    quick, slow, late = (0.0, 0.0), (1.5, 1.5), (0.0, 5.0)
    each([("mode %d, %s, %r" % (mode, name, waits), mode, version, waits, good, by)
          for name, version in VERSIONS for mode, waits, good, by in (
              (0, quick, True, 1), (0, slow, False, 3), (2, slow, True, 4), (1, slow, True, 4),
              (3, slow, True, 4), (2, late, False, 6), (2, (3.5, 0.0), False, 4))],
         one, together=True)
    origin.take()


def test_cut_in_time():
    """A client that does not go on is cut, not only left unheard."""
    def one(_, mode, version, low, high):
        with Client(pound().ports["m%d" % mode]) as client:
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context(version).wrap_bio(incoming, outgoing, server_hostname="h.test")
            begin = time.monotonic()
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                client.send(outgoing.read())
            client.rest(30 * SLOW)
            assert low <= elapsed(begin) <= high + SLOW, "cut after %.1f s" % elapsed(begin)
    each([("mode %d, %s" % (mode, name), mode, version, 1.8, 3 if mode == 0 else 21)
          for mode in (0, 2, 3) for name, version in VERSIONS], one, together=True)


main()
