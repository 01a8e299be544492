#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of test_client_cert once more, by `openssl s_client`: every mode of ClientCert,
every kind of certificate, TLS 1.2 and 1.3, with a full handshake and resumed."""

import re

from harness import *
from lib.client_certs import *
from lib.tls import *

OPTION = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
CELLS = [("mode %d, %s, %s" % (mode, kind, name), mode, kind, name)
         for mode in MODES for kind in ("none", "valid") + REFUSED for name, _ in VERSIONS]


def told(request):
    """The back-end answers with what it is told about the client."""
    value = request.get("X-SSL-Subject")
    return reply(b"the client is %s." % (value.split("= ")[-1].encode() if value else b"nobody"))


origin = Origin(told)


@once
def pound():
    text = SHORT.replace("Client 2", "Client 20") + "LogLevel 0\n"
    for mode in MODES:
        text += https(cert(), *rules(mode), service(backend(origin)), port="m%d" % mode)
    return Pound(text)


def connect(mode, kind, version, *options):
    """(whom the back-end saw, or False; whether the session was resumed)"""
    own = clients()[kind]
    options += ("-cert", own.pem, "-key", own.pem, "-cert_chain", own.pem) if own else ()
    text = s_client(pound().ports["m%d" % mode], OPTION[version], "-CAfile", root().pem,
                    "-servername", "h.test", *options, timeout=30)
    found = re.search(r"the client is (\w+)\.", text)
    assert bool(found) == ("HTTP/1.1 200 OK" in text), text[-400:]
    return found.group(1) if found else False, "Reused, TLSv1" in text


def want(mode, kind):
    name = expected(mode, kind)
    return "nobody" if name is None else name


def test_full():
    mark = pound().quiet().mark()

    def one(_, mode, kind, version):
        equal(connect(mode, kind, version), (want(mode, kind), False))
    clients()
    each(CELLS, one, together=True)
    bad = [c for c in CELLS if want(c[1], c[2]) is False and c[2] != "none"]
    equal(len(pound().quiet().since(mark, "Bad certificate")), len(bad), "lines of the log")


def test_resumed():
    """Who was let in comes back, and is told to the back-end as before; a session of the
    listener that takes all opens no other."""
    def one(label, mode, kind, version):
        where = pki.path("session %s" % label)
        name = want(mode, kind)
        source = mode if name is not False else 3
        first = connect(source, kind, version, "-sess_out", where)
        equal(first, (want(source, kind), False), "the first time")
        again = connect(mode, kind, version, "-sess_in", where)
        equal(again, (name, name is not False), "with the session")
    each(CELLS, one, together=True)


def test_sessions_of_nobody():
    """Made without a certificate, it is none of a listener that insists on one."""
    for name, _ in VERSIONS:
        where = pki.path("session of nobody")
        equal(connect(1, "none", name, "-sess_out", where), ("nobody", False))
        equal(connect(2, "none", name, "-sess_in", where), (False, False))


main()
