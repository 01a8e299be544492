#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classic HTTPS set-ups of corpus/conf/good run as they are written: one certificate,
clients' certificates with all their lists, Front-End-Https, an HTTPS back-end (virtual hosts
by SNI: test_classic_setups)."""

import functools
import os
import shutil

from harness import *
from lib.classic import drain, set_up
from lib.tls import *


def served(context, port, name, body, *fields):
    with TlsClient(port, context, name) as client:
        answer = client.get("/", "Host: " + name, *fields)
        equal((answer.status, answer.body), (200, body))


def test_one_certificate():
    """TLS for a server that has none: the corpus' own certificate, verified by its root."""
    pound, origins = set_up("https_wrapper", [8443], [8080])
    ca = os.path.join(CORPUS, "conf", "files", "ca.pem")
    for _, version in VERSIONS:
        context = client_context(version, version, ca=ca)
        context.check_hostname = True
        for name in ("www.example.test", "example.test"):
            served(context, pound.ports["front8443"], name, b"8080")
    equal({r.get("X-Forwarded-For") for r in origins[8080].take()}, {"127.0.0.1"})
    fails(pound.ports["front8443"], client_context(ca=root().pem))
    pound.stop()


def test_wildcard():
    """Virtual hosts with one certificate; a name that it does not have is refused by the client,
    and by no service served."""
    pound, origins = set_up("https_wildcard", [8443], [8081, 8082])
    context = client_context(ca=os.path.join(CORPUS, "conf", "files", "ca.pem"))
    context.check_hostname = True
    port = pound.ports["front8443"]
    served(context, port, "www.example.test", b"8081")
    served(context, port, "shop.example.test", b"8082")
    with TlsClient(port, context, "other.example.test") as client:
        equal(client.get("/", "Host: other.example.test").status, 503)
    fails(port, context, "www.other.test")
    drain(origins)
    pound.stop()


# --- Clients with certificates -------------------------------------------------


@functools.lru_cache(maxsize=None)
def clients():
    """Issued by the root, whose list is the only one that the set-up names."""
    made = {"good": root().issue("good", [], subject="/C=DE/O=Acme/CN=good"),
            "gone": root().issue("gone", [], subject="/CN=gone"),
            "old": root().issue("old", [], subject="/CN=old", begin=pki.PAST[0], end=pki.PAST[1]),
            "alien": pki.Authority("stranger").issue("alien", [], subject="/CN=alien")}
    root().revoke(made["gone"])
    return made


def folder(**files):
    """Stands for ../files: name, path of what is there as NAME.pem."""
    where = pki.path("files.%d" % len(os.listdir(pki.folder())))
    os.mkdir(where)
    for name, path in files.items():
        shutil.copy2(path, os.path.join(where, name + ".pem"))
    return where


def test_client_certificates():
    """ClientCert 2, CAlist, VerifyList, CRLlist, XSSLHeaders 3: who is good comes in, and the
    back-end is told all of it; nobody brings such fields along."""
    clients()
    files = folder(server=cert().pem, ca=root().pem, crl=pki.write("list.crl", root().crl()))
    pound, origins = set_up("client_certificates", [8443], [8081], files)
    port, back = pound.ports["front8443"], origins[8081]
    for _, version in VERSIONS:
        context = client_context(version, version, own=clients()["good"])
        with TlsClient(port, context) as client:
            for _ in range(2):
                equal(client.get().body, b"8081")
                request = back.one()
                equal(request.get("X-SSL-Subject"), "C = DE, O = Acme, CN = good")
                equal(request.get("X-SSL-Issuer"), clients()["good"].value("-issuer"))
                equal(request.get("X-SSL-certificate"), clients()["good"].one_line)
                equal([n for n, _ in request.fields if n.startswith("X-SSL-")], [
                    "X-SSL-cipher", "X-SSL-Subject", "X-SSL-Issuer", "X-SSL-notBefore",
                    "X-SSL-notAfter", "X-SSL-serial", "X-SSL-certificate"])
            equal(client.get("/", "X-SSL-Subject: forged").status, 503)
        for kind in ("gone", "old", "alien", None):
            fails(port, client_context(version, version, own=clients().get(kind)))
    equal(back.take(), [])
    pound.wait_log("Bad certificate from 127.0.0.1", count=6)
    assert "Acceptable client certificate CA names\n%s\n" % root_name() in s_client(port, "-tls1_2")
    pound.stop()


def root_name():
    return clients()["good"].value("-issuer")


# --- Back-ends -------------------------------------------------------------------


def test_front_end_https():
    """What Microsoft's servers want to hear of a request that came over TLS."""
    pound, origins = set_up("outlook_web_gateway", [8443], [8080])
    with TlsClient(pound.ports["front8443"], client_context(verify=False)) as client:
        for method in ("GET", "POST", "SEARCH", "RPC_IN_DATA"):
            equal(client.get("/owa/", method=method, body=b"x").body, b"8080")
            request = origins[8080].one()
            equal((request.method, request.get("Front-End-Https"), request.body), (method, "on", b"x"))
    pound.stop()


def test_https_back_end():
    """Its name is asked for and verified; ours is shown to it."""
    internal = issuer().issue("internal", ["internal.example.test"])
    own = issuer().issue("pound", [], subject="/CN=pound")
    files = folder(client=own.pem, ca=root().pem)
    context = server_context(internal, ca=root())
    pound, origins = set_up("https_back_end", [8080], [8443], files,
                            lambda answer: TlsOrigin(answer, context))
    back = origins[8443]
    for host in ("www.test", "shop.test"):
        with Client(pound.ports["front8080"]) as client:
            equal(client.get("/", "Host: " + host).body, b"8443")
        request = back.one()
        equal((request.get("Host"), request.conn.name), (host, "internal.example.test"))
        equal(pki.pem_of(request.conn.peer), own.crt)
    back.context = server_context(cert("other.example.test"), ca=root())
    for conn in back.conns:
        conn.close()
    until(lambda: status(pound) == 502, "a server of another name is not believed")
    equal(back.take(), [])
    pound.stop()


def status(pound):
    with Client(pound.ports["front8080"]) as client:
        return client.get("/").status


main()
