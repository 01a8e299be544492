#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS in a RootJail that is an empty folder: neither /dev/urandom nor any
other file is missed, and keys are read before privileges go."""

import os
import pwd
import signal

from harness import *
from lib.tls import *

ROOT = os.getuid() == 0  # only root can lock itself in
inner = TlsOrigin()
plain = Origin()


@once
def pound():
    """Certificates that only root can read; back-ends over TLS and plain."""
    own = cert().file("root-only.pem", "crt", "chain", "key")
    crl = pki.write("jail.crl", root().crl() + issuer().crl())
    text = SHORT + 'RootJail "@folder@/jail"\nUser "nobody"\nGroup "nogroup"\n'
    text += https(own, "ClientCert 1", 'VerifyList "%s"' % root().pem, 'CRLlist "%s"' % crl,
                  "XSSLHeaders 3",
                  service('URL "^/inner"', backend(inner, "HTTPS", 'VerifyList "%s"' % root().pem)),
                  service(backend(plain)))
    made = Pound(text, wait=None, jail=True, crash=True)
    os.mkdir(os.path.join(made.folder, "jail"), 0o755)
    made.start()
    return made


def jail():
    return os.path.join(pound().folder, "jail")


def everything():
    """Full handshakes and resumed ones, both versions, client certificates."""
    who = issuer().issue("who%d" % len(pki.made), [], subject="/CN=who")
    for _, version in VERSIONS:
        ctx = client_context(version, version, own=who)
        session = resume(pound().port, ctx)
        with TlsClient(pound().port, ctx, session=session) as client:
            assert client.tls.session_reused
            equal(client.get("/inner").status, 200)
            equal(client.get("/").status, 200)
        assert "CN = who" in plain.take()[-1].get("X-SSL-Subject")
    inner.take()


def test_serves():
    if not ROOT:
        return
    worker = status(pound().worker_pid())
    equal(worker["Uid"].split(), [str(pwd.getpwnam("nobody").pw_uid)] * 4)
    equal(os.readlink("/proc/%s/root" % worker["Pid"]), jail())
    equal(os.listdir(jail()), [], "the jail is empty")
    everything()
    equal(os.listdir(jail()), [], "the jail stays empty")


def test_old_versions_and_dhe():
    """What draws on other parts of OpenSSL."""
    if not ROOT:
        return
    text = SHORT + 'RootJail "@folder@/san"\nUser "nobody"\n' + https(
        [cert(), cert(key="rsa")], "MinProtocol TLSv1", 'Ciphers "ALL"', service(backend(plain)))
    own = Pound(text, jail=True)
    for options in (["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
                    ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
                    ["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"],
                    ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
                    ["-tls1_3", "-curves", "P-384"]):
        text = s_client(own.port, *options)
        assert "HTTP/1.1 200 OK" in text, (options, text[-400:])
    own.stop()
    plain.take()


def test_after_a_crash():
    """The next worker is forked from what was read before."""
    if not ROOT:
        return
    first = pound().worker_pid()
    os.kill(first, signal.SIGKILL)
    pound().worker_pid(other_than=first)
    until(served_again, "the next worker")
    plain.take()
    everything()


def served_again():
    try:
        with TlsClient(pound().port) as client:
            return client.get("/").status == 200
    except (OSError, AssertionError):
        return False


main()
