#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with certificate files is said with their names, at -c and at
start: A.1 9 and 11.  Three classes: an error, a warning, or silence."""

import os

from harness import *
from lib.tls import *

origin = Origin()


@once
def rsa():
    return cert("rsa.test", key="rsa")


def text_of(own, *lines):
    """A listener on a port that nobody takes (it is only read)."""
    return https(own, *lines, service(backend(origin))).replace("@main@", str(hold_port()[1]))


def check(own, *lines):
    """pound -c: (status, the lines it printed)."""
    code, out, err = run("-c", config=text_of(own, *lines))
    return code, out + err


def named(printed, path):
    """The lines about a file."""
    return [line for line in printed.splitlines() if os.path.basename(path) in line]


def encrypted(own, *options):
    """The key under a password, in PKCS #8 or in the old form."""
    return pki.openssl(*options, given=own.key)


def broken_base64(own):
    return own.crt.replace(b"M", b"*", 20)


def errors():
    """Name, contents of a Cert file."""
    a, b, r = cert(), cert("b.test"), rsa()
    aes = ("-aes256", "-passout", "pass:x")
    return [
        ("key of another certificate", a.crt + a.chain + b.key),
        ("key of another kind", a.crt + a.chain + r.key),
        ("encrypted key", a.crt + encrypted(a, "pkey", *aes)),
        ("encrypted key, old form", r.crt + encrypted(r, "rsa", *aes, "-traditional")),
        ("encrypted key first", encrypted(a, "pkey", *aes) + a.crt),
        ("no key", a.crt + a.chain),
        ("no certificate", a.key),
        ("nothing", b""),
        ("no PEM", b"hello\n" * 100),
        ("bytes", bytes(range(256)) * 8),
        ("DER", pki.openssl("x509", "-outform", "DER", given=a.crt) + a.key),
        ("certificate cut off", a.crt[:-100] + a.key),
        ("key cut off", a.crt + a.key[:-60]),
        ("broken base64", broken_base64(a) + a.key),
        ("only a request", a.crt.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST") + a.key),
        ("a public key", a.crt + pki.openssl("pkey", "-pubout", given=a.key)),
    ]


def test_errors():
    """-c ends with 1 and names the file; so does a start; nobody is asked."""
    def one(name, contents):
        path = pki.write("bad-%s.pem" % name.replace(" ", "-").replace(",", ""), contents)
        code, printed = check(path)
        equal(code, 1, printed)
        assert named(printed, path), "the file is not named: " + printed
        assert "line " in printed, printed
    each(errors(), one)


def test_start_refuses():
    path = pki.write("mismatch.pem", cert().crt, cert("b.test").key)
    folder = pki.path("start")
    os.mkdir(folder)
    code, out, err = run("-e", "-p", folder + "/pid", config=text_of(path), folder=folder)
    equal(code, 1, out + err)
    assert named(out + err, path), out + err


def test_encrypted_key_has_a_remedy():
    path = pki.write("encrypted.pem", cert().crt,
                     encrypted(cert(), "pkey", "-aes256", "-passout", "pass:x"))
    code, printed = check(path)
    equal(code, 1, printed)
    assert "encrypted" in printed and "openssl" in printed, printed


def test_all_errors_at_once():
    """Several files, each with its own mistake: all are told."""
    one = pki.write("one.pem", cert().crt)
    two = pki.write("two.pem", cert().key)
    three = pki.write("three.pem", cert().crt, cert("b.test").key)
    code, printed = check([one, two, three])
    equal(code, 1, printed)
    for path in (one, two, three):
        assert named(printed, path), "%s is not named: %s" % (path, printed)


def test_missing_files():
    for own in ("/nonexistent/x.pem", pki.path("nothing.pem"), pki.path("no*.pem")):
        code, printed = check(own)
        equal(code, 1, printed)
        assert own in printed, printed


def other_files():
    """Directive, contents: files that are no lists."""
    a = cert()
    junk = pki.write("junk.txt", b"hello\n")
    return [
        ("CAlist", pki.write("calist.key", a.key)), ("CAlist", junk),
        ("CAlist", "/nonexistent/ca.pem"), ("VerifyList", junk),
        ("VerifyList", "/nonexistent/verify.pem"), ("CRLlist", junk),
        ("CRLlist", root().pem), ("CRLlist", "/nonexistent/crl.pem"),
        ("CRLlist", pki.write("broken.crl", root().crl()[:-60])),
        ("VerifyList", pki.write("broken.ca", broken_base64(a))),
    ]


def test_lists():
    def one(directive, path):
        code, printed = check(cert(), "ClientCert 2 3", '%s "%s"' % (directive, path))
        equal(code, 1, "%s %s: %s" % (directive, path, printed))
        assert named(printed, path), printed
        assert directive in printed, printed
    each(other_files(), one)


# --- Warnings ----------------------------------------------------------------


def warnings():
    """Name, path of a Cert file that works, and should be better."""
    inter = issuer()
    expired = inter.issue("expired", ["h.test"], begin=pki.PAST[0], end=pki.PAST[1])
    future = inter.issue("future", ["h.test"], begin=pki.FUTURE[0], end=pki.FUTURE[1])
    alone = cert().file("alone.pem", "crt", "key")
    files = {"world": 0o644, "group": 0o640, "anybody": 0o666}
    for name, mode in files.items():
        files[name] = cert().file(name + ".pem", "crt", "chain", "key")
        os.chmod(files[name], mode)
    return [("expired", expired.pem), ("not valid yet", future.pem),
            ("without its issuer", alone)] + list(files.items())


def test_warnings():
    """-c ends with 0 and names the file once."""
    def one(name, path):
        code, printed = check(path)
        equal(code, 0, printed)
        equal(len(named(printed, path)), 1, "lines with the name: " + printed)
        assert "is OK" in printed, printed
    each(warnings(), one)


def test_warnings_in_the_log():
    """The same at start, and it serves."""
    files = warnings()
    own = Pound(secure(origin, [path for _, path in files]))
    each(files, lambda name, path: own.wait_log(os.path.basename(path)))
    with TlsClient(own.port, client_context(verify=False)) as client:
        equal(client.get().status, 200)
    own.stop()
    origin.take()


# --- Silence -----------------------------------------------------------------


def sec1(own):
    """An EC key in its own form, with the parameters before it."""
    return (pki.openssl("ecparam", "-name", "prime256v1")
            + pki.openssl("ec", given=own.key))


def orders():
    """Name, certificate, contents: the blocks of a file in any order."""
    a, r = cert(), rsa()
    ca = root().crt
    text = pki.openssl("x509", "-text", "-noout", given=a.crt)
    return [
        ("certificate, chain, key", a, a.crt + a.chain + a.key),
        ("key, certificate, chain", a, a.key + a.crt + a.chain),
        ("certificate, key, chain", a, a.crt + a.key + a.chain),
        ("chain, certificate, key", a, a.chain + a.crt + a.key),
        ("chain, key, certificate", a, a.chain + a.key + a.crt),
        ("key, chain, certificate", a, a.key + a.chain + a.crt),
        ("root first", a, ca + a.chain + a.crt + a.key),
        ("root last", a, a.crt + a.chain + ca + a.key),
        ("CRLF", a, (a.crt + a.chain + a.key).replace(b"\n", b"\r\n")),
        ("text around", a, text + b"Bag Attributes\n  x: y\n" + a.crt + text + a.chain
         + b"\n\n# key\n" + a.key + b"the end"),
        ("RSA", r, r.crt + r.chain + r.key),
        ("RSA in PKCS #1", r, pki.openssl("rsa", "-traditional", given=r.key) + r.crt + r.chain),
        ("EC with parameters", a, sec1(a) + a.crt + a.chain),
        ("DH parameters", a, a.crt + a.chain + a.key + DH),
        ("no end of line at the end", a, (a.crt + a.chain + a.key)[:-1]),
        ("TRUSTED CERTIFICATE", a,
         pki.openssl("x509", "-trustout", given=a.crt) + a.chain + a.key),
    ]


DH = pki.openssl("dhparam", "-dsaparam", "512")


def test_any_order_of_blocks():
    """-c says nothing but OK; the client is shown the right certificate and
    an unbroken chain."""
    def one(name, own, contents):
        path = pki.write("order.pem", contents)
        code, printed = check(path)
        equal((code, len(printed.strip().splitlines())), (0, 1), printed)
        server = Pound(secure(origin, path))
        with TlsClient(server.port) as client:
            equal(pki.pem_of(client.tls.getpeercert(True)), own.crt)
            equal(client.get().status, 200)
        server.stop()
    each(orders(), one)
    origin.take()


def test_names_only_outside_the_subject():
    """No CN is no mistake."""
    own = issuer().issue("noname", ["h.test"], subject="/O=Nobody")
    equal(check(own)[0], 0)
    own = issuer().issue("empty", ["h.test"], subject="/")
    code, printed = check(own)
    equal((code, len(printed.strip().splitlines())), (0, 1), printed)


def test_self_signed():
    """Its issuer is not missing."""
    code, printed = check(pki.self_signed("self", ["h.test"]))
    equal((code, len(printed.strip().splitlines())), (0, 1), printed)


def test_directives_in_any_order():
    """Port before Address, Cert last (A.1 6): the old program crashed."""
    text = block("ListenHTTPS", "ClientCert 1", 'VerifyList "%s"' % root().pem, "Ciphers \"HIGH\"",
                 "XSSLHeaders 1", "Port @main@", service(backend(origin)),
                 'Cert "%s"' % cert().pem, "Address 127.0.0.1")
    own = Pound(SHORT + text + "\n")
    with TlsClient(own.port) as client:
        equal(client.get().status, 200)
    own.stop()
    origin.take()


def test_no_certificate_at_all():
    code, printed = check([])
    equal(code, 1, printed)
    assert "Cert" in printed, printed


main()
