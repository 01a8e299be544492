#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""curl over TLS, and nginx behind TLS: bodies, kept connections, versions, ALPN, certificates."""

import hashlib
import random
import subprocess

from peers import *
from lib.tls import *

SIZES = [0, 1, 16383, 16384, 16385, 65537, 5 * 1024 * 1024 + 1]
noise = random.Random(3)
own = issuer().issue("curl", [], subject="/CN=curl")
CERT = cert()
nginx = Nginx("""
	client_max_body_size 0;
	server {
		listen 127.0.0.1:@port@ ssl;
		ssl_certificate %s;
		ssl_certificate_key %s;
		root @folder@/www;
		location /put/ {
			dav_methods PUT DELETE;
			create_full_put_path on;
		}
	}
""" % (CERT.file("nginx.crt", "crt", "chain"), CERT.file("nginx.key", "key")))
for size in SIZES:
    nginx.file("f%d" % size, noise.randbytes(size))
nginx.start()
back = service(backend(nginx, "HTTPS", 'VerifyList "%s"' % root().pem, 'ServerName "h.test"'))
pound = Pound("Client 10\nTimeOut 10\nLogLevel 1\n" + https(CERT, "xHTTP 1", back) + https(
    CERT, "xHTTP 1", "ClientCert 2 3", 'VerifyList "%s"' % root().pem, back, port="strict"))
work = Peer(None).folder
VERSIONS_OF_CURL = [("--tls-max", "1.2"), ("--tlsv1.3",)]


def curl(path, *args, port="main", good=True):
    """(the first body, [(status, connections made, protocol)]) of one call of curl."""
    out = work + "/out"
    where = "https://h.test:%d/" % pound.ports[port]
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "60", "--cacert", root().pem, "--resolve",
         "h.test:%d:127.0.0.1" % pound.ports[port], "-w",
         "%{http_code} %{num_connects} %{http_version}\\n", "-o", out, *args, where + path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if not good:
        return done.returncode
    assert done.returncode == 0, "curl %r: %d %r" % (args, done.returncode, done.stderr)
    with open(out, "rb") as file:
        return file.read(), [tuple(line.split()) for line in done.stdout.decode().splitlines()]


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_bodies():
    """Down, up with a length, up in chunks."""
    def one(size, *version):
        path = nginx.folder + "/www/f%d" % size
        data = nginx.read("f%d" % size)
        got, told = curl("f%d" % size, *version)
        equal((sha(got), told), (sha(data), [("200", "1", "1.1")]))
        _, told = curl("put/n%d" % size, "-T", path, *version)
        assert told[0][0] in ("201", "204"), told
        equal(sha(nginx.read("put/n%d" % size)), sha(data))
        if size == 0:  # curl forgets the last chunk then
            return
        _, told = curl("put/c%d" % size, "-T", path, "-H", "Transfer-Encoding: chunked", *version)
        assert told[0][0] in ("201", "204"), told
        equal(sha(nginx.read("put/c%d" % size)), sha(data))
    each([(size, *version) for size in SIZES for version in VERSIONS_OF_CURL], one)


def test_kept_connections():
    """All requests of a call go over one connection."""
    for version in VERSIONS_OF_CURL:
        where = "https://h.test:%d/f16385" % pound.port
        more = [word for _ in range(20) for word in ("-o", "/dev/null", where)]
        _, told = curl("f1", *version, *more)
        equal((len(told), sum(int(line[1]) for line in told)), (21, 1))


def test_http_2_is_not_spoken():
    """A client that would like to speak it is content with 1.1."""
    for offer in ("--http2", "--http1.1", "--no-alpn"):
        _, told = curl("f1", offer)
        equal(told, [("200", "1", "1.1")], offer)


def test_certificates():
    """curl believes the right authority only, and shows what it is asked for."""
    equal(curl("f1", "--cacert", pki.Authority("other").pem, good=False), 60)
    key = own.file("curl.key", "key")
    chain = own.file("curl.crt", "crt", "chain")
    for version in VERSIONS_OF_CURL:
        equal(curl("f1", "--cert", chain, "--key", key, *version, port="strict")[1],
              [("200", "1", "1.1")])
        assert curl("f1", *version, port="strict", good=False) in (35, 52, 56), "without one"


def test_log():
    equal(pound.quiet().since(0, r"e\d\d\d |put right|dropped"), [])


main(limit=110)
