#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""XSSLHeaders 0 to 3 and pass: B.9.5, B.4.5, A.2 12, A.4 5."""

import re

from harness import *
from lib.tls import *

origin = Origin()
LONG = "7F" + "A1" * 19  # twenty bytes, as many as there may be
SEVEN = ["X-SSL-cipher", "X-SSL-Subject", "X-SSL-Issuer", "X-SSL-notBefore", "X-SSL-notAfter",
         "X-SSL-serial", "X-SSL-certificate"]
LEVEL = {0: [], 1: SEVEN[:1], 2: SEVEN[:6], 3: SEVEN}


@once
def own():
    return issuer().issue("client", [], subject="/C=DE/O=Acme/CN=x", serial=LONG)


@once
def pound():
    """Listeners l0 to l3 take any certificate, n0 to n3 ask for none."""
    text = SHORT + "LogLevel 0\n"
    for level in range(4):
        text += https(cert(), "ClientCert 3", "XSSLHeaders %d" % level,
                      'AddHeader "X-Added: one"', 'AddHeader "X-Added: two"',
                      service(backend(origin)), port="l%d" % level)
        text += https(cert(), "XSSLHeaders %d" % level, service(backend(origin)),
                      port="n%d" % level)
    return Pound(text)


def ask_with(where, certificate, version=V13, *fields, **more):
    """The request that the back-end gets."""
    ctx = client_context(version, version, own=certificate, **more)
    with TlsClient(where, ctx) as client:
        equal(client.get("/", *fields).status, 200)
    return origin.one()


def ours(request):
    return [name for name in request.names() if name.lower().startswith("x-ssl")]


def test_which_headers():
    """Each level's, in order; about a certificate only where one is asked for
    and was sent."""
    def one(_, letter, level, certificate, version):
        request = ask_with(pound().ports["%s%d" % (letter, level)], certificate, version)
        alone = letter == "n" or certificate is None
        equal(ours(request), LEVEL[min(level, 1)] if alone else LEVEL[level])
    each([("%s%d, %s, %s" % (letter, level, "certificate" if c else "none", name), letter, level,
           c, version)
          for letter in "ln" for level in range(4) for c in (None, own())
          for name, version in VERSIONS], one)


def line(request, name):
    """The line as it was received, with its blanks."""
    for raw in request.raw.split(CRLF):
        if raw.lower().startswith(name.lower().encode() + b":"):
            return raw.decode("utf-8", "surrogateescape")
    raise AssertionError("no %s in %r" % (name, request.raw))


def description(cipher, *options):
    """OpenSSL's own words for a cipher."""
    text = pki.openssl("ciphers", "-v", *options, "ALL:@SECLEVEL=0").decode()
    return next(words for words in text.split("\n") if words.split(" ")[0] == cipher)


CIPHERS = ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
           "ECDHE-ECDSA-CHACHA20-POLY1305"]


def test_cipher():
    """Protocol, slash, OpenSSL's description, to the byte."""
    for cipher in CIPHERS:
        request = ask_with(pound().ports["n1"], None, V12, ciphers=cipher)
        equal(line(request, "X-SSL-cipher"),
              "X-SSL-cipher: TLSv1.2/" + description(cipher).rstrip())
    request = ask_with(pound().ports["n1"], None, V13)
    got = line(request, "X-SSL-cipher")
    cipher = re.match(r"X-SSL-cipher: TLSv1\.3/(TLS_\w+) ", got).group(1)
    equal(got, "X-SSL-cipher: TLSv1.3/" + description(cipher).rstrip())


def test_values():
    request = ask_with(pound().ports["l3"], own())
    equal(line(request, "X-SSL-Subject"), "X-SSL-Subject: " + " " * 8 + "C = DE, O = Acme, CN = x")
    equal(line(request, "X-SSL-Issuer"), "X-SSL-Issuer: " + " " * 8 + "O = Tests, CN = issuer")
    equal(line(request, "X-SSL-notBefore"), "X-SSL-notBefore: " + own().value("-startdate"))
    equal(line(request, "X-SSL-notAfter"), "X-SSL-notAfter: " + own().value("-enddate"))
    equal(line(request, "X-SSL-serial"), "X-SSL-serial: %d" % int(LONG, 16))
    equal(line(request, "X-SSL-certificate"), "X-SSL-certificate: " + own().one_line)


def test_dates():
    """A blank before a day of one digit."""
    for day, want in (("05", "Mar  5 06:07:08 2019 GMT"), ("15", "Mar 15 06:07:08 2019 GMT")):
        old = issuer().issue("day" + day, [], begin="201903%s060708Z" % day,
                             end="204903%s060708Z" % day)
        request = ask_with(pound().ports["l2"], old)
        equal(line(request, "X-SSL-notBefore"), "X-SSL-notBefore: " + want)
        equal(line(request, "X-SSL-notAfter"),
              "X-SSL-notAfter: " + want.replace("2019", "2049"))


SERIALS = ["01", "7F", "80", "FF", "7FFFFFFFFFFFFFFF", "8000000000000000", "FFFFFFFFFFFFFFFFFF",
           "7F" + "B2" * 19]


def test_serials():
    """Decimal, however many digits that takes."""
    def one(serial):
        made = issuer().issue("serial" + serial, [], serial=serial)
        request = ask_with(pound().ports["l2"], made)
        equal(request.get("X-SSL-serial"), "%d" % int(serial, 16))
    each([(serial,) for serial in SERIALS], one)


ODD = [
    # subject for openssl, what the back-end reads
    ("/O=Acme, Inc./CN=x", 'O = "Acme, Inc.", CN = x'),
    ("/O=A+B/CN=x", None),
    ("/O=M\u00fcller S\u00f6hne/CN=\u4e2d\u6587", "O = M\u00fcller S\u00f6hne, CN = \u4e2d\u6587"),
    ('/O=say "hi"/CN=x', 'O = say \\"hi\\", CN = x'),
    ("/O=a;b<c>d/CN=x", 'O = "a;b<c>d", CN = x'),
    ("/O=#1/CN=x", 'O = "#1", CN = x'),
    ("/O= blanks /CN=x", 'O = " blanks ", CN = x'),
    ("/O=a=b/CN=x", None),
    ("/O=two\r\nX-Evil: 1/CN=x", "O = two\\0D\\0AX-Evil: 1, CN = x"),
    ("/O=tab\there/CN=x", "O = tab\\09here, CN = x"),
    ("/O=bell\x07\x7f/CN=x", "O = bell\\07\\7F, CN = x"),
    ("/O=back\\\\slash/CN=x", None),
    ("/O=x/OU=a+CN=b", None),
    ("/emailAddress=a@b.test/CN=x", None),
    ("/O=" + "long" * 16 + "/CN=x", None),
    ("/CN=", None),
    ("/", ""),
]


def test_odd_names():
    """As openssl prints them, bytes of UTF-8 as they are; no line ends inside."""
    def one(subject, want):
        made = issuer().issue("odd", [], subject=subject)
        request = ask_with(pound().ports["l2"], made)
        got = line(request, "X-SSL-Subject")
        theirs = made.value("-subject", "-nameopt", "oneline,-esc_msb")
        equal(got.split(":", 1)[1].strip(), theirs.strip(), "against openssl")
        if want is not None:
            equal(got.split(":", 1)[1].strip(), want, "against the table")
        equal(ours(request), LEVEL[2])
    each(ODD, one)


def test_order():
    """The client's fields, AddHeader, X-SSL-*, X-Forwarded-For."""
    request = ask_with(pound().ports["l3"], own(), V13, "X-First: 1", "Accept: */*")
    equal(request.names(), ["Host", "X-First", "Accept", "X-Added", "X-Added", *SEVEN,
                            "X-Forwarded-For"])


def test_every_request_of_a_connection():
    ctx = client_context(own=own())
    with TlsClient(pound().ports["l3"], ctx) as client:
        for body in (None, b"hello", None):
            equal(client.get("/", method="POST" if body else "GET", body=body).status, 200)
    seen = [[line(r, name) for name in SEVEN] for r in origin.take()]
    equal(seen, [seen[0]] * 3)


def test_resumed():
    """The session knows who it was."""
    for _, version in VERSIONS:
        ctx = client_context(version, version, own=own())
        first = [ask_resumed(ctx, None)]
        first.append(ask_resumed(ctx, first[0][0]))
        equal(first[1][1], first[0][1])
        assert first[1][2], "not resumed"


def ask_resumed(ctx, session):
    """(session, what the back-end is told, whether it was resumed)"""
    with TlsClient(pound().ports["l3"], ctx, session=session) as client:
        equal(client.get().status, 200)
        request = origin.one()
        return (client.session(), [line(request, name) for name in SEVEN[1:]],
                client.tls.session_reused)


def test_large_certificate():
    """One that makes a field of 40,000 bytes arrives whole."""
    names = ["host%04d.a-rather-long-name-of-a-test.example" % n for n in range(600)]
    large = issuer().issue("large", names, subject="/CN=large")
    assert len(large.one_line) > 35000
    request = ask_with(pound().ports["l3"], large)
    equal(request.get("X-SSL-certificate"), large.one_line)
    equal(ours(request), SEVEN)


# --- Forged ones (A.2 12) ------------------------------------------------------


FORGED = [name + ": forged" for name in SEVEN]
TWINS = [name.replace("-", "_") + ": forged" for name in SEVEN]
CASES = [name.upper() + ": forged" for name in SEVEN]


def test_forged():
    """Dropped at every level, in any case, with dashes or underscores; one
    warning tells the operator."""
    def one(name, fields):
        for certificate in (None, own()):
            request = ask_with(pound().ports[name], certificate, V13, *fields)
            assert b"forged" not in request.raw, request.raw
            equal(ours(request), LEVEL[int(name[1])] if certificate and name[0] == "l"
                  else LEVEL[min(int(name[1]), 1)])
    each([(letter + level, fields) for letter in "ln" for level in "0123"
          for fields in (FORGED, TWINS, CASES)], one)
    warned = pound().quiet().since(0, "(?i)x-ssl")
    for port in pound().ports.values():
        equal(len([w for w in warned if ":%d" % port in w]), 1, "warnings: %r" % warned)


def test_similar_names_pass():
    request = ask_with(pound().ports["l1"], None, V13, "X-SSL-Other: 1", "X-SSLcipher: 2")
    equal((request.get("X-SSL-Other"), request.get("X-SSLcipher")), ("1", "2"))


def test_deny_sees_them():
    other = Pound(SHORT + https(cert(), "XSSLHeaders 1", service(
        'HeadDeny "^X-SSL-Subject: .*forged"', backend(origin))))
    with TlsClient(other.port) as client:
        equal(client.get("/", FORGED[1]).status, 503)
    with TlsClient(other.port) as client:
        equal(client.get("/").status, 200)
    origin.one()
    other.stop()


def test_pass():
    """The client's go through, and there are none of ours."""
    lines = ["ClientCert 3", "XSSLHeaders pass", service(backend(origin))]
    other = Pound(SHORT + https(cert(), *lines) + listener(*lines[1:], port="plain") + "\n")
    request = ask_with(other.port, own(), V13, *FORGED)
    equal([f for f in request.fields if f[0].startswith("X-SSL")],
          [(name, "forged") for name in SEVEN])
    with Client(other.ports["plain"]) as client:
        equal(client.get("/", *FORGED).status, 200)
    equal(ours(origin.one()), SEVEN)
    other.stop()


main()
