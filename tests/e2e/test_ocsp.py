#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""OCSP stapling from a file beside the certificate: NAME.ocsp.  What is not
good for the certificate is left out and said, and never fatal."""

import base64
import os
import re

from harness import *
from lib.tls import *

origin = Origin()
NONE = "OCSP response: no response sent"


@once
def authority():
    """With an RSA key: its signatures have one length."""
    return pki.Authority("ocsp", key="rsa")


@once
def own():
    return authority().issue("own", ["h.test"])


@once
def good():
    return authority().ocsp(own())


def stale():
    """thisUpdate and nextUpdate lie in the past; the signature is right."""
    response = authority().ocsp(own(), "-ndays", "1", "-resp_no_certs")
    old = re.sub(rb"(?<=\x18\x0f)20\d{12}Z", b"20200102030405Z", response)
    signature = old[-256:]
    assert old[-261:-256] == b"\x03\x82\x01\x01\x00", "no RSA signature at the end"
    for start in range(len(old) - 256):  # tbsResponseData: what was signed
        length = der_length(response, start)
        if length and verifies(response[start:start + length], signature):
            made = pki.openssl("dgst", "-sha256", "-sign", authority().key_file,
                               given=old[start:start + length])
            return old[:-256] + made
    raise AssertionError("what is signed was not found")


def der_length(data, at):
    """The length of the sequence that begins there, or 0."""
    if data[at] != 0x30 or at + 4 > len(data):
        return 0
    first = data[at + 1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7f
    if count not in (1, 2):
        return 0
    return 2 + count + int.from_bytes(data[at + 2:at + 2 + count], "big")


def verifies(data, signature):
    public = pki.write("ocsp.pub", pki.openssl("pkey", "-pubout", given=authority().key))
    sig = pki.write("ocsp.sig", signature)
    out = pki.openssl("dgst", "-sha256", "-verify", public, "-signature", sig, given=data,
                      good=False)
    return b"Verified OK" in out


def chained(name, certificate, response):
    """A Cert file (with its issuer) and the response beside it; the path."""
    path = certificate.file(name + ".pem", "crt", authority().crt, "key")
    with open(path + ".ocsp", "wb") as file:
        file.write(response)
    return path


def stapled(port, option="-tls1_3", *more):
    """What s_client says about the response."""
    text = s_client(port, option, "-status", *more)
    assert "HTTP/1.1 200 OK" in text, text[-500:]
    return text


def test_good():
    for option in ("-tls1_2", "-tls1_3"):
        text = stapled(pound().port, option)
        assert "OCSP Response Status: successful (0x0)" in text, text[:1500]
        assert "Cert Status: good" in text, text[:1500]
    text = s_client(pound().port)
    assert "OCSP" not in text, "not asked for"
    origin.take()


@once
def pound():
    return Pound(secure(origin, chained("good", own(), good())))


def test_silent_when_good():
    assert not pound().since(0, "ocsp"), pound().log


def test_resumed():
    """With a session, too, nothing breaks."""
    where = pki.path("session.pem")
    for option in ("-tls1_2", "-tls1_3"):
        stapled(pound().port, option, "-sess_out", where)
        assert "Reused, " in stapled(pound().port, option, "-sess_in", where)
    origin.take()


def bad():
    other = authority().issue("other", ["h.test"])
    stranger = pki.Authority("stranger", key="rsa")
    theirs = stranger.issue("theirs", ["h.test"], serial=own().value("-serial"))
    signed = bytearray(good())
    signed[-300] ^= 1
    return [
        ("empty", b""),
        ("text", b"hello\n"),
        ("cut off", good()[:-40]),
        ("bytes behind", good() + b"x"),
        ("PEM", b"-----BEGIN OCSP RESPONSE-----\n" + base64.encodebytes(good())
         + b"-----END OCSP RESPONSE-----\n"),
        ("try later", b"\x30\x03\x0a\x01\x03"),
        ("of another certificate", authority().ocsp(other)),
        ("of another authority", stranger.ocsp(theirs)),
        ("changed", bytes(signed)),
        ("stale", stale()),
    ]


def test_bad():
    """Left out, with one line that names the file, at -c and in the log."""
    def one(name, response):
        path = chained("bad-" + name.replace(" ", "-"), own(), response)
        text = secure(origin, path)
        code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
        equal(code, 0, out + err)
        told = [line for line in (out + err).splitlines() if os.path.basename(path) in line]
        equal(len(told), 1, "lines with the name: %r" % (out + err))
        mine = Pound(text)
        mine.wait_log(os.path.basename(path))
        assert NONE in stapled(mine.port)
        mine.stop()
    each(bad(), one)
    origin.take()


def test_revoked():
    """Not sent, and said: no client would go on, and the operator has to know."""
    gone = authority().issue("gone", ["h.test"])
    authority().revoke(gone)
    mine = Pound(secure(origin, chained("gone", gone, authority().ocsp(gone))))
    mine.wait_log(r"gone.*\.ocsp.*revoked")
    assert NONE in stapled(mine.port)
    mine.stop()
    origin.take()


def test_each_its_own():
    """By name, with and without a response, in a folder too."""
    folder = pki.path("stapled")
    os.mkdir(folder)
    names = ("a.test", "b.test", "c.test")
    for name in names:
        made = authority().issue(name, [name])
        path = os.path.join(folder, name + ".pem")
        with open(path, "wb") as file:
            file.write(made.crt + authority().crt + made.key)
        os.chmod(path, 0o600)
        if name != "b.test":
            with open(path + ".ocsp", "wb") as file:
                file.write(authority().ocsp(made))
    for where in (folder, folder + "/*"):
        mine = Pound(secure(origin, [where]))
        for name in names:
            text = stapled(mine.port, "-tls1_3", "-servername", name)
            assert re.search(r"subject=.*CN = " + name, text), text[:800]
            equal(NONE in text, name == "b.test", name)
            equal("Cert Status: good" in text, name != "b.test", name)
        mine.stop()
    origin.take()


main()
