#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""MinProtocol, Disable, Ciphers, SSLHonorCipherOrder, ECDHCurve, downgrades and
renegotiation: A.4 1, 2, 7, 12; B.3.6."""

import re
import ssl
import subprocess
import time

from harness import *
from lib.tls import *

origin = Origin()
VERSION = {"1.0": V10, "1.1": V11, "1.2": V12, "1.3": V13}
OLD = "DEFAULT@SECLEVEL=0"


def start(*lines, own=None):
    return Pound(SHORT + https(own or [cert(), cert(key="rsa")], *lines,
                               service(backend(origin))))


def check(*lines):
    """pound -c of such a listener: what it prints; it must be OK."""
    text = https(cert(), *lines, service(backend(origin)))
    code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
    equal(code, 0, out + err)
    return out + err


def connects(port, version, ciphers=OLD):
    """Whether a client of this version alone is served."""
    ctx = client_context(VERSION[version], VERSION[version], ciphers=ciphers)
    try:
        with TlsClient(port, ctx) as client:
            equal(client.get().status, 200)
            equal(client.tls.version().replace("TLSv1", "1").replace("1.0", "1"),
                  version.replace("1.0", "1"))
            return True
    except (ssl.SSLError, ConnectionError):
        return False


def versions_of(port):
    return [version for version in VERSION if connects(port, version)]


PROTOCOLS = [
    # directives, versions that are served, whether -c warns
    ((), ["1.2", "1.3"], False),
    (("MinProtocol TLSv1",), ["1.0", "1.1", "1.2", "1.3"], True),
    (("MinProtocol TLSv1_1",), ["1.1", "1.2", "1.3"], True),
    (("MinProtocol TLSv1_2",), ["1.2", "1.3"], False),
    (("MinProtocol TLSv1_3",), ["1.3"], False),
    (("Disable SSLv2",), ["1.2", "1.3"], False),
    (("Disable SSLv3",), ["1.2", "1.3"], False),
    (("Disable TLSv1",), ["1.2", "1.3"], False),
    (("Disable TLSv1_1",), ["1.2", "1.3"], False),
    (("Disable TLSv1_2",), ["1.3"], False),
    (("Disable TLSv1_3",), ["1.2"], False),
    (("Disable TLSv1_2", "Disable TLSv1_3"), ["1.2", "1.3"], True),  # none left
    (("MinProtocol TLSv1", "Disable TLSv1"), ["1.1", "1.2", "1.3"], True),
    (("MinProtocol TLSv1", "Disable TLSv1_3"), ["1.0", "1.1", "1.2"], True),
    (("MinProtocol TLSv1", "Disable TLSv1_1", "Disable TLSv1_3"), ["1.2"], True),
    (("Disable SSLv2", "Disable SSLv3", "Disable TLSv1"), ["1.2", "1.3"], False),
]


def test_protocols():
    def one(lines, want, warns):
        printed = check(*lines)
        equal(len(printed.strip().split("\n")) > 1, warns, "warned: " + printed)
        own = start(*lines)
        equal(versions_of(own.port), want)
        own.stop()
    each(PROTOCOLS, one)
    origin.take()


def test_old_client():
    """One as old as s_client can be, with what it has."""
    own = start("MinProtocol TLSv1")
    for option, words in (("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1")):
        text = s_client(own.port, option, "-cipher", OLD, "-servername", "h.test")
        assert "HTTP/1.1 200 OK" in text, text[-600:]
        assert re.search(r"Protocol *: %s\n" % words, text), text[-600:]
    text = s_client(own.port, "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
    assert "HTTP/1.1 200 OK" in text, text[-600:]
    own.stop()
    own = start()
    for option in ("-tls1", "-tls1_1"):
        text = s_client(own.port, option, "-cipher", OLD)
        assert "HTTP/1.1" not in text and "alert protocol version" in text, text[-600:]
    own.stop()
    origin.take()


def offered(port, version=None, ciphers=None, *options):
    """Cipher that s_client gets, or None."""
    option = ["-tls1_" + version[-1]] if version else []
    more = ["-ciphersuites" if version == "1.3" else "-cipher", ciphers] if ciphers else []
    text = s_client(port, *option, *more, *options)
    found = re.search(r"Cipher is (\S+)", text)
    return found.group(1) if "HTTP/1.1 200 OK" in text else None


A128, A256 = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
R128 = "ECDHE-RSA-AES128-GCM-SHA256"
T128, T256 = "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"
CHACHA = "TLS_CHACHA20_POLY1305_SHA256"


def test_ciphers():
    """Ciphers is for 1.2, and for 1.3 as well where it names its suites."""
    def one(_, ciphers, given, want):
        own = start(*(['Ciphers "%s"' % ciphers] if ciphers else []))
        for version, theirs in given:
            equal(offered(own.port, version, theirs), want[(version, theirs)], (version, theirs))
        own.stop()
    both = [("1.2", A128), ("1.2", A256), ("1.2", "AES128-SHA"), ("1.3", T128), ("1.3", T256)]
    each([(name, ciphers, both, dict(zip(both, want))) for name, ciphers, want in (
        ("the default", None, (A128, A256, None, T128, T256)),
        ("one of 1.2", A128, (A128, None, None, T128, T256)),
        ("one of each", A128 + ":" + T256, (A128, None, None, None, T256)),
        ("two of 1.3", T128 + ":" + T256 + ":" + A256, (None, A256, None, T128, T256)),
        ("words", "HIGH:!AES128", (None, A256, None, T128, T256)),
        ("old ones", "ALL", (A128, A256, "AES128-SHA", T128, T256)),
    )], one)
    origin.take()


def test_dead_cipher_list():
    """A list that matches nothing is a warning, and the default counts."""
    for words in ("NOSUCHCIPHER", "!ALL", ""):
        line = 'Ciphers "%s"' % words
        if words:
            assert "Ciphers" in check(line)
            own = start(line)
            equal(offered(own.port, "1.2", A128), A128)
            equal(offered(own.port, "1.3", T128), T128)
            own.stop()
    origin.take()


def test_default_is_modern():
    """Nothing without forward secrecy, of CBC, 3DES, RC4, without
    authentication or encryption is in the default list; DHE is."""
    own = start()
    for weak in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA",
                 "ECDHE-RSA-AES256-SHA384", "DES-CBC3-SHA", "RC4-SHA", "NULL-SHA256",
                 "ADH-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM8", "PSK-AES128-GCM-SHA256"):
        equal(offered(own.port, "1.2", weak + ":@SECLEVEL=0"), None, weak)
    for good in ("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", R128,
                 "ECDHE-RSA-CHACHA20-POLY1305"):
        equal(offered(own.port, "1.2", good), good)
    text = s_client(own.port, "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256")
    bits = int(re.search(r"Server Temp Key: DH, (\d+) bits", text).group(1))
    assert bits >= 2048, "DH of %d bits" % bits
    assert "Compression: NONE" in text, text
    own.stop()
    origin.take()


def test_cipher_order():
    """The client's, as ever; with SSLHonorCipherOrder ours."""
    ours = 'Ciphers "%s:%s:%s:%s"' % (A256, A128, T256, T128)
    for honor, second in ((None, A128), ("SSLHonorCipherOrder 0", A128),
                          ("SSLHonorCipherOrder 1", A256)):
        own = start(*filter(None, [ours, honor]))
        equal(offered(own.port, "1.2", A256 + ":" + A128), A256)
        equal(offered(own.port, "1.2", A128 + ":" + A256), second, honor)
        equal(offered(own.port, "1.3", T128 + ":" + T256), T128 if second == A128 else T256, honor)
        own.stop()
    origin.take()


def key_of(port, *options):
    """The group of the key exchange, or None."""
    text = s_client(port, "-servername", "h.test", *options)
    found = re.search(r"Server Temp Key: (?:ECDH, )?([^,\n]+)", text)
    return found.group(1) if "HTTP/1.1 200 OK" in text else None


def test_curves():
    """X25519, P-256, P-384 by default; ECDHCurve takes one or a list."""
    def one(_, directive, want):
        line = 'ECDHCurve "%s"\n' % directive if directive else ""
        own = Pound(SHORT + line + https(cert(key="rsa"), service(backend(origin))))
        for version in (["-tls1_2", "-cipher", "ECDHE"], ["-tls1_3"]):
            equal([key_of(own.port, *version, "-curves", curve) for curve in (
                "X25519", "P-256", "P-384", "P-521")], want, version[0])
        own.stop()
    names = ["X25519", "prime256v1", "secp384r1", "secp521r1"]
    each([(directive or "default", directive, [n if n in want else None for n in names])
          for directive, want in (
              (None, names[:3]), ("prime256v1", names[1:2]), ("P-384", names[2:3]),
              ("secp521r1:X25519", [names[3], names[0]]), ("X25519:P-256", names[:2]))], one)
    origin.take()


def test_unknown_curve():
    text = 'ECDHCurve "nosuchcurve"\n' + https(cert(), service(backend(origin)))
    code, out, err = run("-c", config=text.replace("@main@", str(hold_port()[1])))
    equal(code, 1, out + err)
    assert "ECDHCurve" in out + err and "nosuchcurve" in out + err, out + err


def test_fallback_scsv():
    """A client that says it fell back is refused below our highest version."""
    own = start()
    text = s_client(own.port, "-tls1_2", "-fallback_scsv")
    assert "inappropriate fallback" in text and "HTTP/1.1" not in text, text[-500:]
    text = s_client(own.port, "-tls1_3", "-fallback_scsv")
    assert "HTTP/1.1 200 OK" in text, text[-500:]
    own.stop()
    own = start("Disable TLSv1_3")
    text = s_client(own.port, "-tls1_2", "-fallback_scsv")
    assert "HTTP/1.1 200 OK" in text, text[-500:]
    own.stop()
    own = start("MinProtocol TLSv1")
    text = s_client(own.port, "-tls1", "-cipher", OLD, "-fallback_scsv")
    assert "inappropriate fallback" in text, text[-500:]
    own.stop()
    origin.take()


def renegotiate(port, *options):
    """What s_client prints when it is told to renegotiate, and then to ask."""
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-tls1_2", *options],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    process.stdin.write(b"HEAD /first HTTP/1.1\r\nHost: h.test\r\n\r\n")
    process.stdin.flush()
    until(lambda: any(r.target == "/first" for r in origin.requests), "the first request")
    time.sleep(0.2)  # R is a command only at the start of what s_client reads
    for line in (b"R\n", b"GET /second HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n"):
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except BrokenPipeError:
            pass
        time.sleep(0.3)
    try:
        return process.communicate(timeout=10 * SLOW)[0].decode("latin-1")
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0].decode("latin-1") + "\n(did not end)"


def test_renegotiation():
    """Refused, whatever SSLAllowClientRenegotiation says, which warns above 0."""
    for value in (None, 0, 1, 2):
        lines = ["SSLAllowClientRenegotiation %d" % value] if value is not None else []
        equal("enegotiation" in check(*lines), bool(value), "warning for %s" % value)
        own = start(*lines)
        text = renegotiate(own.port)
        assert "RENEGOTIATING" in text, text
        assert re.search(r"no renegotiation|handshake failure|unexpected", text), text
        assert "Secure Renegotiation IS supported" in text, text
        equal([r.target for r in origin.take()], ["/first"], "requests after %s" % value)
        own.stop()


def test_others_go_on():
    """After a refused renegotiation and a failed handshake the listener serves."""
    own = start()
    renegotiate(own.port)
    fails(own.port, client_context(V12, V12, ciphers="AES128-SHA"))
    with TlsClient(own.port) as client:
        equal(client.get().status, 200)
    own.stop()
    origin.take()


main()
