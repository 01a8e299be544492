#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate answers to which name: A.4 3, B.9.1, Cert of B.3.6."""

import os
import re

from harness import *
from lib.tls import *

origin = Origin()


def make(name, names, key="ec", subject=None):
    return issuer().issue(name, names, key, subject)


@once
def certs():
    """In the order of the file."""
    return [
        make("first", ["first.test"]),
        make("www", ["www.one.test", "one.test"]),
        make("upper", ["MiXed.Case.TEST"]),
        make("before", ["exact.wild.test"]),
        make("wild", ["*.wild.test"]),
        make("after", ["other.wild.test"]),
        make("again", ["one.test", "again.test"]),
        make("cn", ["san.test"], subject="/O=x/CN=cn.test"),
        make("sanonly", ["only.test"], subject="/"),
        make("under", ["under_score.test", "xn--mller-kva.test"]),
        make("wildcn", [], subject="/CN=*.wildcn.test"),
    ]


@once
def pound():
    return Pound(secure(origin, certs()))


def presented(port, name, context=None):
    """The certificate that the server shows for a name, as its PEM's name."""
    with TlsClient(port, context or client_context(), name=name) as client:
        shown = pki.pem_of(client.tls.getpeercert(True))
        equal(client.get().status, 200)
    return next((c.name for c in pki.made if c.crt == shown), "?")


NAMES = [
    # name sent, certificate
    (None, "first"),
    ("first.test", "first"),
    ("www.one.test", "www"),
    ("one.test", "www"),  # the first in the file
    ("again.test", "again"),
    ("mixed.case.test", "upper"),
    ("exact.wild.test", "before"),
    ("any.wild.test", "wild"),
    ("other.wild.test", "wild"),  # it stands before "after"
    ("a.b.wild.test", "first"),  # one label
    ("wild.test", "first"),
    (".wild.test", "first"),
    ("san.test", "cn"),
    ("cn.test", "cn"),
    ("only.test", "sanonly"),
    ("under_score.test", "under"),
    ("xn--mller-kva.test", "under"),
    ("a.wildcn.test", "wildcn"),
    ("unknown.test", "first"),
    ("www.one.test.evil.test", "first"),
    ("x" * 63 + ".test", "first"),
]


def test_names():
    for _, version in VERSIONS:
        context = client_context(version, version)
        each([(name, want) for name, want in NAMES if name != ".wild.test"],
             lambda name, want: equal(presented(pound().port, name, context), want, name))
    origin.take()


def shown_to(port, *options):
    """What s_client is shown: for names that Python would not send."""
    text = s_client(port, "-showcerts", *options)
    assert "HTTP/1.1 200" in text, text[-500:]
    found = re.search(r"-----BEGIN CERT.*?-----END CERTIFICATE-----\n", text, re.S)
    shown = found.group(0).encode()
    return next((c.name for c in pki.made if c.crt == shown), "?")


def test_names_as_they_are():
    """In any case; what is no name is none."""
    each([("WWW.ONE.TEST", "www"), ("ANY.Wild.Test", "wild"), ("MIXED.case.TEST", "upper"),
          ("*.wild.test", "wild"), (".wild.test", "first"), ("wWw.wIlDcN.tEsT", "wildcn"),
          ("127.0.0.1", "first"), ("a..wild.test", "first")],
         lambda name, want: equal(shown_to(pound().port, "-servername", name), want, name))
    equal(shown_to(pound().port, "-noservername"), "first")
    origin.take()


def test_chain_is_sent():
    """The issuer's certificate comes along: the client has only the root."""
    for name in ("one.test", "only.test", "a.wild.test"):
        with TlsClient(pound().port, client_context(), name=name) as client:
            equal(client.get().status, 200)
    origin.take()


SIGNATURES = [
    ("1.2 EC", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ec"),
    ("1.2 RSA", ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "rsa"),
    ("1.3 EC", ["-tls1_3", "-sigalgs", "ECDSA+SHA256"], "ec"),
    ("1.3 RSA", ["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"], "rsa"),
]


def test_both_kinds_of_key():
    """EC and RSA side by side for one name, in whatever order: what the
    client can do decides."""
    names = {"two.test": "two", "*.three.test": "three", "four.test": "four"}
    files = []
    for order in (("ec", "rsa"), ("rsa", "ec")):
        for name, word in names.items():
            if (word == "three") == (order[0] == "rsa"):
                files += [make("%s.%s" % (word, key), [name], key) for key in order]
    own = Pound(secure(origin, [make("default", ["default.test"])] + files))
    each([("%s %s" % (name, how), name, options, "%s.%s" % (word, kind))
          for name, word in (("two.test", "two"), ("x.three.test", "three"), ("four.test", "four"))
          for how, options, kind in SIGNATURES],
         lambda _, name, options, want: equal(
             shown_to(own.port, "-servername", name, *options), want))
    own.stop()
    origin.take()


def test_kinds_without_a_name():
    """The default has two kinds of key, too."""
    pair = [make("pair.ec", ["pair.test"]), make("pair.rsa", ["pair.test"], "rsa")]
    own = Pound(secure(origin, pair + [make("alone", ["alone.test"])]))
    each([("%s %s" % (name, how), name, options, "pair." + kind)
          for name in ("pair.test", "unknown.test") for how, options, kind in SIGNATURES],
         lambda _, name, options, want: equal(
             shown_to(own.port, "-servername", name, *options), want))
    equal(shown_to(own.port, "-noservername", *SIGNATURES[1][1]), "pair.rsa")
    # a name with one kind: a client that cannot use it gets no other name's
    equal(presented(own.port, "alone.test"), "alone")
    own.stop()
    origin.take()


def folder_of(*chosen):
    """A folder with files 0.pem, 1.pem ... and what is no certificate."""
    where = pki.path("folder%d" % len(pki.made))
    os.mkdir(where)
    for number, own in enumerate(chosen):
        with open(os.path.join(where, "%d.pem" % number), "wb") as file:
            file.write(pki.read(own.pem))
        os.chmod(file.name, 0o600)
    os.mkdir(os.path.join(where, "below"))
    return where


def test_folder_and_glob():
    """All files of a folder or a glob, in the order of their names."""
    chosen = [make("f0", ["f0.test"]), make("f1", ["f1.test", "both.test"]),
              make("f2", ["f2.test", "both.test"])]
    where = folder_of(*chosen)
    for cert_line in (where, where + "/", where + "/*.pem", where + "/[0-9].pem"):
        own = Pound(secure(origin, [cert_line]))
        each([("f0.test", "f0"), ("f2.test", "f2"), ("both.test", "f1"), (None, "f0")],
             lambda name, want: equal(presented(own.port, name), want, cert_line))
        own.stop()
    own = Pound(secure(origin, [chosen[2], where]))
    equal(presented(own.port, None), "f2", "a file before the folder")
    equal(presented(own.port, "both.test"), "f2", "a file before the folder")
    own.stop()
    origin.take()


def test_listeners_are_apart():
    """Each has its own certificates."""
    text = SHORT + https(make("left", ["same.test"]), service(backend(origin)))
    text += https(make("right", ["same.test"]), service(backend(origin)), port="second")
    own = Pound(text)
    equal(presented(own.port, "same.test"), "left")
    equal(presented(own.ports["second"], "same.test"), "right")
    own.stop()
    origin.take()


main()
