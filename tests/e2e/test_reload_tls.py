#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reload and TLS: renewed certificates are picked up, a key that does not match is a
mistake in the files, tickets outlive reloads and crashes (issue 8, A.4)."""

import hashlib
import os
import shutil
import signal

from harness import *
from lib.ctl import CONTROL, Ctl
from lib.tls import V12, V13, TlsClient, cert, client_context, issuer, resume

origin = Origin()


def config(glob=""):
    return SHORT + CONTROL + glob + block(
        "ListenHTTPS", "Address 127.0.0.1", "Port @main@", 'Cert "@folder@/cert.pem"',
        service(backend(origin))) + "\n"


def front(own=None, glob="", **options):
    with open((own or cert()).pem, "rb") as file:
        pound = Pound(config(glob), files={"cert.pem": file.read()}, wait=None, **options)
    os.chmod(pound.folder + "/cert.pem", 0o600)
    pound.start()
    return pound


def install(pound, own):
    """As certbot does it: another file in the same place."""
    shutil.copy(own.pem, pound.folder + "/cert.new")
    os.chmod(pound.folder + "/cert.new", 0o600)
    os.rename(pound.folder + "/cert.new", pound.folder + "/cert.pem")


def shown(pound):
    """Digest of the certificate that a new client sees."""
    with TlsClient(pound.port, client_context()) as client:
        equal(client.get().status, 200)
        return hashlib.sha256(client.tls.getpeercert(True)).hexdigest()


def test_renewed_certificate():
    """New connections see it; one that is open has one more answer."""
    old, new = (issuer().issue(name, ["h.test"], "ec") for name in ("old", "new"))
    pound = front(old)
    before = shown(pound)
    client = TlsClient(pound.port, client_context())
    equal(client.get().status, 200)
    install(pound, new)
    equal(shown(pound), before, "before the reload")
    Ctl(pound).good("reload")
    after = shown(pound)
    assert after != before
    answer = client.get()
    equal((answer.status, answer.get("Connection")), (200, "close"))
    equal(hashlib.sha256(client.tls.getpeercert(True)).hexdigest(), before)
    client.close()
    pound.crash_expected = True
    worker = pound.worker_pid()
    os.kill(worker, signal.SIGKILL)
    assert pound.worker_pid(worker)
    equal(shown(pound), after, "after a crash")
    pound.stop()


def test_a_crash_reads_no_files():
    """A worker that is started again has what was read, whatever stands there."""
    pound = front(crash=True)
    before = shown(pound)
    pound.write("cert.pem", "rubbish")
    pound.rewrite("rubbish")
    worker = pound.worker_pid()
    os.kill(worker, signal.SIGKILL)
    assert pound.worker_pid(worker)
    equal(shown(pound), before)
    pound.stop()


def split(path):
    """(certificates, key) of a PEM file."""
    with open(path) as file:
        text = file.read()
    begin = text.index("-----BEGIN PRIVATE KEY")
    end = text.index("-----END PRIVATE KEY-----") + len("-----END PRIVATE KEY-----\n")
    return text[:begin] + text[end:], text[begin:end]


def test_what_is_wrong_with_a_certificate():
    """The reload is refused as a whole, and the words name the file."""
    other = issuer().issue("other", ["h.test"], "ec")
    pound = front()
    before, worker = shown(pound), pound.worker_pid()
    good_chain, good_key = split(cert().pem)
    cases = [("another key", good_chain + split(other.pem)[1]), ("no key", good_chain),
             ("no certificate", good_key), ("rubbish", "rubbish"), ("empty", "")]

    def refuse(_, text):
        pound.write("cert.pem", text)
        pound.rewrite(config("Grace 7\n"))
        words = Ctl(pound).refused("reload")
        assert pound.folder + "/cert.pem" in words and "pound.cfg line " in words, words
        equal((shown(pound), pound.worker_pid()), (before, worker))
    each(cases, refuse)
    os.unlink(pound.folder + "/cert.pem")
    assert "cert.pem" in Ctl(pound).refused("reload")
    install(pound, cert())
    Ctl(pound).good("reload")
    equal(shown(pound), before)
    pound.stop()


def resumes(pound, context, session):
    with TlsClient(pound.port, context, session=session) as client:
        equal(client.get().status, 200)
        return client.tls.session_reused


def test_tickets():
    """Sessions are resumed after a reload, and after a crash."""
    for version in V12, V13:
        pound = front(crash=True)
        context = client_context(version, version)
        session = resume(pound.port, context)
        equal(resumes(pound, context, session), True)
        for _ in range(2):
            Ctl(pound).good("reload")
            equal(resumes(pound, context, session), True)
            session = resume(pound.port, context)
        worker = pound.worker_pid()
        os.kill(worker, signal.SIGKILL)
        assert pound.worker_pid(worker)
        until(lambda: not alive(worker), "end of the worker")
        equal(resumes(pound, context, session), True)
        pound.stop()


def test_the_first_https_listener_comes_by_reload():
    """Its tickets live on, too."""
    with open(cert().pem, "rb") as file:
        pound = Pound(CONTROL + simple(origin), files={"cert.pem": file.read()})
    os.chmod(pound.folder + "/cert.pem", 0o600)
    pound.rewrite(config())
    Ctl(pound).good("reload")
    context = client_context()
    session = resume(pound.port, context)
    Ctl(pound).good("reload")
    equal(resumes(pound, context, session), True)
    pound.stop()


main()
