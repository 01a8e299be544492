#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""Pound between curl and nginx."""

import hashlib
import random
import selectors
import socket
import subprocess
import time

from peers import *

LARGE = number("REAL_FILE", 200 * 1024 * 1024)
SIZES = [0, 1, 1023, 1024, 1025, 16384, 65535, 65536, 65537, 1048577, LARGE]

work = Peer(None).folder
sink = Role.server("sink")
nginx = Nginx("""
	client_max_body_size 0;
	upstream sink { server 127.0.0.1:%d; keepalive 8; }
	server {
		listen 127.0.0.1:@port@ backlog=2048;
		root @folder@/www;
		location /put/ {
			dav_methods PUT DELETE MKCOL COPY MOVE;
			create_full_put_path on;
		}
		location /gzip/ {
			alias @folder@/www/;
			gzip on;
			gzip_min_length 1;
			gzip_types application/octet-stream;
		}
		location /until/ {
			alias @folder@/www/;
			gzip on;
			gzip_min_length 1;
			gzip_types application/octet-stream;
			chunked_transfer_encoding off;
		}
		location /echo/ {
			proxy_pass http://sink;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_request_buffering off;
		}
		location /moved { return 301 http://$host:$server_port/f1024; }
		location /number/ { return 200 "$request_uri\\n"; }
	}
""" % sink.port)
sums = {}
noise = random.Random(1)


def sha(data):
    return hashlib.sha256(data).hexdigest()


def make_files():
    for size in SIZES:
        data = noise.randbytes(size)
        nginx.file("f%d" % size, data)
        sums[size] = sha(data)


make_files()
nginx.start()
pound = Pound("Client 10\nTimeOut 10\nLogLevel 1\n"
              + listener("xHTTP 1", service(backend(nginx))) + "\n")
URL = "http://127.0.0.1:%d/" % pound.port


def curl(*args, status="200", input=None, path=None):
    """Run curl; the first body, and the words that -w told of each URL."""
    path = path or fresh("out")
    form = "%{http_code} %{num_connects} %{size_download} %{http_version}\n"
    done = subprocess.run(["curl", "-sS", "--max-time", "100", "-o", path, "-w", form, *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=input)
    assert done.returncode == 0, "curl %r: %d %r" % (args, done.returncode, done.stderr)
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    for line in lines:
        equal(line[0], status, "status of %r" % (args,))
    with open(path, "rb") as file:
        return file.read(), lines


def fresh(name):
    """The path of an empty file."""
    path = work + "/" + name
    with open(path, "wb"):
        pass
    return path


def test_down():
    def down(size):
        data, _ = curl(URL + "f%d" % size)
        equal((len(data), sha(data)), (size, sums[size]))
    each([(size,) for size in SIZES], down)


def test_up():
    def up(size):
        data = nginx.read("f%d" % size)
        curl("-T", nginx.folder + "/www/f%d" % size, URL + "put/n%d" % size, status="201")
        equal(sha(nginx.read("put/n%d" % size)), sha(data))
    each([(size,) for size in SIZES], up)


def test_up_in_chunks():
    def up(size):
        data = nginx.read("f%d" % size)
        curl("-T", "-", URL + "put/c%d" % size, status="201", input=data)
        equal(sha(nginx.read("put/c%d" % size)), sha(data))
    each([(size,) for size in SIZES if size], up)


def test_post_to_a_program():
    """Through Pound, nginx and a program that tells the checksum."""
    def post(size, *more):
        told, _ = curl("--data-binary", "@" + nginx.folder + "/www/f%d" % size, *more,
                       URL + "echo/")
        equal(told.split()[:2], [b"POST", sums[size].encode()])
    each([(size,) for size in SIZES], post)
    each([(size, "-H", "Transfer-Encoding: chunked") for size in SIZES[1:]], post)
    each([(size, "-H", "Expect: 100-continue") for size in SIZES[1:6]], post)
    each([(size, "-H", "Expect:") for size in SIZES[-2:]], post)


def test_compressed():
    """nginx sends chunks, or ends with the connection; we make chunks of it."""
    def packed(folder, size):
        data, lines = curl("--compressed", "-D", fresh("head"), URL + "%s/f%d" % (folder, size))
        equal((len(data), sha(data)), (size, sums[size]))
        with open(work + "/head") as file:
            assert "transfer-encoding: chunked" in file.read().lower()
    each([(folder, size) for folder in ("gzip", "until") for size in SIZES[1:-1]], packed)
    packed("gzip", LARGE)


def test_keep_alive():
    urls = [URL + "f%d" % size for size in SIZES[:-1]] * 3
    _, lines = curl(*[word for url in urls for word in ("-o", "/dev/null", url)])
    equal(sum(int(line[1]) for line in lines), 1, "connections for %d requests" % len(urls))


def test_old_clients():
    data, _ = curl("-0", URL + "f65537")
    equal(sha(data), sums[65537])
    data, lines = curl("-0", "-H", "Connection: keep-alive", URL + "f1024",
                       "-o", "/dev/null", URL + "f1024")
    equal(sum(int(line[1]) for line in lines), 1, "connections of HTTP/1.0 with keep-alive")
    data, _ = curl("-0", "--compressed", URL + "gzip/f65537")
    equal(sha(data), sums[65537])


def test_ranges():
    whole = nginx.read("f1048577")

    def part(word, want):
        data, _ = curl("-r", word, URL + "f1048577", status="206")
        equal(data, want)
    part("0-0", whole[:1])
    part("100-70099", whole[100:70100])
    part("1048500-", whole[1048500:])
    part("-77", whole[-77:])
    data, _ = curl("-r", "10-19,1000-1999", URL + "f1048577", status="206")
    assert whole[10:20] in data and whole[1000:2000] in data and b"Content-Range" in data
    curl("-r", "2000000-", URL + "f1048577", status="416")
    resumed = fresh("resumed")
    with open(resumed, "wb") as file:
        file.write(whole[:500000])
    data, _ = curl("-C", "-", URL + "f1048577", status="206", path=resumed)
    equal(sha(data), sums[1048577])


def test_not_modified():
    path = fresh("etag")
    curl("--etag-save", path, URL + "f1024")
    data, _ = curl("--etag-compare", path, URL + "f1024", status="304")
    equal(data, b"")
    with open(path) as file:
        field = "If-None-Match: " + file.read().strip()
    data, lines = curl("-H", field, URL + "f1024", "-o", "/dev/null", URL + "f1024", status="304")
    equal(data, b"")
    equal(sum(int(line[1]) for line in lines), 1, "connections")
    curl("-z", nginx.folder + "/www/f1024", URL + "f1024", status="304")


def test_head():
    def head(size):
        told, _ = curl("-I", URL + "f%d" % size)
        assert b"content-length: %d\r\n" % size in told.lower(), told
        _, lines = curl("-I", URL + "f%d" % size, "-o", "/dev/null", URL + "f1")
        equal(sum(int(line[1]) for line in lines), 1, "connections")
    each([(size,) for size in SIZES], head)


def test_redirect_is_rewritten():
    """nginx names itself; the client is sent to us."""
    data, lines = curl("-L", URL + "moved")
    equal(sha(data), sums[1024])
    equal(int(lines[-1][1]), 1, "connections")


def test_missing_and_delete():
    curl(URL + "nothing", status="404")
    curl("-T", nginx.folder + "/www/f1025", URL + "put/gone", status="201")
    curl("-X", "DELETE", URL + "put/gone", status="204")
    curl(URL + "put/gone", status="404")


def test_parallel_curl():
    """1,000 requests of one curl, 300 at once (its limit)."""
    done = subprocess.run(
        ["curl", "-sS", "-Z", "--parallel-immediate", "--parallel-max", "300", "--fail",
         "--max-time", "60", URL + "number/[1-1000]"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, "curl: %d %r" % (done.returncode, done.stderr[:500])
    wanted = sorted("/number/%d" % n for n in range(1, 1001))
    equal(sorted(done.stdout.decode().split()), wanted)


def open_connections(count):
    socks = []
    for n in range(count):
        sock = socket.create_connection(("127.0.0.1", pound.port), 10)
        sock.sendall(b"GET /number/%d HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n" % n)
        sock.setblocking(False)
        socks.append(sock)
    return socks


def read_all(socks, timeout):
    """{n: all bytes of socks[n]} when all have closed."""
    answers = {n: b"" for n in range(len(socks))}
    selector = selectors.DefaultSelector()
    for n, sock in enumerate(socks):
        selector.register(sock, selectors.EVENT_READ, n)
    end = time.monotonic() + timeout
    while selector.get_map():
        assert time.monotonic() < end, "%d without an answer" % len(selector.get_map())
        for key, _ in selector.select(1):
            part = key.fileobj.recv(65536)
            answers[key.data] += part
            if not part:
                selector.unregister(key.fileobj)
                key.fileobj.close()
    return answers


def test_1000_at_the_same_moment():
    """All are connected and have half a head before the first is complete."""
    socks = open_connections(1000)
    begin = time.monotonic()
    for sock in socks:
        sock.send(b"\r\n")
    answers = read_all(socks, 20 * SLOW)
    say("1,000 answers in %.2f s", elapsed(begin))
    wrong = [n for n, answer in answers.items()
             if not answer.startswith(b"HTTP/1.1 200 ")
             or not answer.endswith(b"\r\n\r\n/number/%d\n" % n)]
    assert not wrong, "%d wrong: %r" % (len(wrong), answers[wrong[0]])


main(limit=280)
