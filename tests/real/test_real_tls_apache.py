#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""Apache with virtual hosts over TLS behind Pound, which answers 421 to whoever asks for one
host and names another in the handshake: A.4 9."""

import threading

from peers import *
from lib.tls import *

HOSTS = ("a.test", "b.test", "c.test")  # c.test wants to see a certificate
own = issuer().issue("pound", [], subject="/CN=pound")
ROOT = root().pem
SITE = """
<VirtualHost 127.0.0.1:@port@>
ServerName %s
SSLEngine on
SSLCertificateFile %s
SSLProtocol %s
DocumentRoot @folder@/%s
%s
<Directory @folder@/%s>
Require all granted
</Directory>
</VirtualHost>
"""
MORE = {"c.test": "SSLCACertificateFile %s\nSSLVerifyClient require\nSSLVerifyDepth 3\n" % ROOT}


def site(name, protocol):
    return SITE % (name, cert(name).pem, protocol, name, MORE.get(name, ""), name)


apache = Apache("".join(map(site, HOSTS, ("all", "-all +TLSv1.2 +TLSv1.3", "-all +TLSv1.2"))),
                "ssl", "socache_shmcb", "dir")
for host in HOSTS:
    with open(os.path.join(apache.mkdir(host), "index.html"), "w") as page:
        page.write("this is " + host)
apache.start()
STRICT = 'VerifyList "%s"' % ROOT
pound = Pound("Client 10\nTimeOut 10\nLogLevel 1\n"
              + listener(service(backend(apache, "HTTPS", STRICT, 'Cert "%s"' % own.pem)))
              + listener(service(backend(apache, "HTTPS", 'ServerName "a.test"')), port="fixed")
              + https([cert(name) for name in HOSTS],
                      service(backend(apache, "HTTPS", STRICT, 'Cert "%s"' % own.pem)), port="tls")
              + "\n")


def ask_apache(sni, host):
    """The status without Pound."""
    with TlsClient(apache.port, client_context(own=own), sni) as client:
        return client.get("/", "Host: " + host).status


def test_apache_is_strict():
    """What this test is about: it is the client's mistake."""
    for name in HOSTS[:2]:
        equal(ask_apache(name, name), 200)
    equal(ask_apache("a.test", "b.test"), 421)
    equal(ask_apache("b.test", "a.test"), 421)


def test_each_host():
    """On connections of their own, and by turns on one."""
    def one(name):
        with Client(pound.port) as client:
            for _ in range(3):
                got = client.get("/", "Host: " + name)
                equal((got.status, got.body), (200, b"this is " + name.encode()))
    each([(name,) for name in HOSTS], one)
    with Client(pound.port) as client:
        for turn in range(5):
            for name in HOSTS:
                got = client.get("/", "Host: " + name.upper() if turn == 3 else "Host: " + name)
                equal((got.status, got.body), (200, b"this is " + name.encode()), name)


def test_tls_on_both_sides():
    for name in HOSTS:
        context = client_context()
        context.check_hostname = True
        with TlsClient(pound.ports["tls"], context, name) as client:
            got = client.get("/", "Host: %s:443" % name)
            equal((got.status, got.body), (200, b"this is " + name.encode()))


def test_many_at_once():
    """Connections are shared under one name only."""
    wrong = []

    def one(number):
        with Client(pound.port) as client:
            for turn in range(40):
                name = HOSTS[(number + turn * (number % 3)) % 3]
                got = client.get("/", "Host: " + name)
                if (got.status, got.body) != (200, b"this is " + name.encode()):
                    wrong.append((name, got.status, got.body[:40]))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(wrong[:5], [])


def test_wrong_name():
    """ServerName is the operator's word: Apache's 421 is passed on."""
    for name, status in (("a.test", 200), ("b.test", 421)):
        with Client(pound.ports["fixed"]) as client:
            equal(client.get("/", "Host: " + name).status, status, name)


main(limit=100)
