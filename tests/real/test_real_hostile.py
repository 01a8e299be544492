#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""Peers that mean harm: slowhttptest, clients that never read, back-ends that
do nothing right, no descriptors, patterns that backtrack.  Each costs a bounded time, and a normal client notices nothing."""

import itertools
import os
import select
import socket
import subprocess
import threading
import time

from peers import *
from lib.tls import *

COUNT = 1000
ANSWER = b"HTTP/1.1 200 OK\r\nX-T: v\r\nContent-Length: 10\r\n\r\n0123456789"

origin = Origin()
nginx = Nginx("""
	server {
		listen 127.0.0.1:@port@ backlog=2048;
		root @folder@/www;
		location / { return 200 "ok"; }
		location /big { }
	}
""")
quick = Nginx("server { listen 127.0.0.1:@port@; location / { return 200 ok; } }").start()
sink = Role.server("sink")
nginx.file("big", bytes(4 << 20))
nginx.start()


@once
def pound():
    """main: what the slow ones ask for, and a quick nginx; odd: an Origin."""
    return Pound("Client 4\nTimeOut 4\nLogLevel 0\n" + listener(
        service('URL "^/big"', backend(nginx)), service('URL "^/sink"', backend(sink)),
        service(backend(quick)))
                 + listener(service(backend(origin, "KeepConnections 0")), port="odd") + "\n"
                 + https(cert(), service(backend(quick)), port="tls"))


def ticks(pid):
    """Seconds of processor time."""
    with open("/proc/%d/stat" % pid) as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


class Normal:
    """A client that goes on while something else happens."""

    def __init__(self, port):
        self.port, self.failed, self.count, self.worst = port, [], 0, 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.stop.wait(0.01):
            begin = time.monotonic()
            try:
                with Client(self.port) as client:
                    for _ in range(3):
                        equal(client.get("/").status, 200)
            except (AssertionError, OSError) as error:
                self.failed.append(repr(error))
            self.count += 1
            self.worst = max(self.worst, elapsed(begin))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def slow(mode, path, *options):
    worker, before = pound().worker_pid(), descriptors(pound().worker_pid())
    command = ["slowhttptest", mode, "-c", str(COUNT), "-r", "1000", "-i", "1", "-l", "8", "-v", "0",
               "-u", "http://127.0.0.1:%d%s" % (pound().port, path), *options]
    with Normal(pound().port) as normal:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                       timeout=60, preexec_fn=os.setpgrp)
    say("slowhttptest %s: %d turns of others, worst %.0f ms", mode, normal.count,
        normal.worst * 1e3)
    equal(normal.failed, [])
    assert normal.count > 50 / SLOW, normal.count
    until(lambda: descriptors(worker) <= before + 20, "end of the connections", 20)
    equal(pound().worker_pid(), worker, "worker")


def test_slow_heads():
    slow("-H", "/big")


def test_slow_bodies():
    slow("-B", "/sink", "-s", "8192")


def test_slow_readers():
    slow("-X", "/big", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3")


def half_open(port, sent):
    """COUNT connections that stay with that, and when each of them was cut."""
    cut, poll = {}, select.poll()
    socks = {}
    for _ in range(COUNT):
        sock = socket.create_connection(("127.0.0.1", port), 20)
        sock.sendall(sent)
        socks[sock.fileno()] = sock, time.monotonic()
        poll.register(sock, select.POLLIN)
    end = time.monotonic() + 4 + 4 * SLOW
    while socks and time.monotonic() < end:
        for fd, _ in poll.poll(100):
            sock, begin = socks[fd]
            try:
                part = sock.recv(4096)
            except ConnectionResetError:
                part = b""
            if not part:
                cut[fd] = elapsed(begin)
                poll.unregister(fd)
                socks.pop(fd)[0].close()
    for sock, _ in socks.values():
        sock.close()
    return cut.values()


def test_half_open():
    """They are cut after Client, not before, and nobody else waits."""
    def one(name, port, sent):
        worker, before = pound().worker_pid(), descriptors(pound().worker_pid())
        with Normal(pound().port) as normal:
            cut = half_open(pound().ports[port], sent)
        say("%s: %d cut after %.2f to %.2f s; %d turns of others, worst %.0f ms", name, len(cut),
            min(cut), max(cut), normal.count, normal.worst * 1e3)
        equal(len(cut), COUNT, "half-open connections that were cut")
        assert min(cut) > 3.9 and max(cut) < 8 * SLOW, (min(cut), max(cut))
        equal(normal.failed, [])
        assert normal.worst < 2 * SLOW, normal.worst
        until(lambda: descriptors(worker) <= before + 20, "end of the connections", 20)
    hello = first_flight(client_context())
    each([("nothing", "main", b""), ("a part of a head", "main", b"GET / HTTP/1.1\r\nHo"),
          ("nothing, TLS", "tls", b""), ("half a hello", "tls", hello[:len(hello) // 2]),
          ("half a handshake", "tls", hello)], one)


def test_clients_that_never_read():
    """Their answers are given up, and what these need is bounded."""
    worker = pound().worker_pid()
    before, held = descriptors(worker), memory(worker)
    clients = [Client(pound().port, buffer=4096).request("/big") for _ in range(100)]
    with Normal(pound().port) as normal:
        time.sleep(1)
        used = memory(worker) - held
        until(lambda: descriptors(worker) <= before + 20, "cut of those who do not read", 15)
    say("100 that never read: %d KiB", used >> 10)
    assert used < 100 * (512 << 10) * SLOW, used
    equal(normal.failed, [])
    for client in clients:
        client.close()


def test_backend_that_never_reads():
    origin.script = lambda conn: conn.done.wait(30)
    begin = time.monotonic()
    with Client(pound().ports["odd"], timeout=30) as client:
        client.sock.settimeout(1)
        client.send(b"POST / HTTP/1.1\r\nHost: h.test\r\nContent-Length: 100000000\r\n\r\n")
        try:
            for _ in range(1000):
                client.sock.sendall(bytes(65536))
        except OSError:
            pass
        client.sock.settimeout(20)
        status = client.answer().status
    assert status in (502, 504), status
    assert elapsed(begin) < 12 * SLOW, elapsed(begin)


def test_backend_that_never_answers():
    origin.script, begin = (lambda conn: conn.drain()), time.monotonic()
    with Client(pound().ports["odd"]) as client:
        equal(client.get("/").status, 504)
    assert 3.5 < elapsed(begin) < 6 * SLOW, elapsed(begin)


def test_backend_with_a_byte_a_second():
    """Slow is not dead: TimeOut counts between two reads."""
    def drip(conn):
        conn.head()
        conn.send(ANSWER[:-6])
        for at in range(len(ANSWER) - 6, len(ANSWER)):
            time.sleep(1)
            conn.send(ANSWER[at:at + 1])
    origin.script = drip
    with Client(pound().ports["odd"], timeout=20) as client:
        equal(client.get("/").body, b"0123456789")


def test_backend_that_closes_at_every_byte():
    head = ANSWER.index(b"\r\n\r\n") + 4
    for end, at in itertools.product(("fin", "rst"), range(len(ANSWER) + 1)):
        def cut(conn):
            conn.head()
            conn.send(ANSWER[:at])
            getattr(conn, end)()
        origin.script = cut
        with Client(pound().ports["odd"]) as client:
            client.request(method="POST", body=b"x")
            try:
                answer = client.answer()
                good = at == len(ANSWER) or end == "rst"
                assert (answer.status == 502 and (at < head or end == "rst")) or (
                    good and answer.body == b"0123456789"), (end, at, answer.raw, answer.body)
            except Truncated as part:
                assert at >= head and ANSWER[head:at].startswith(part.part), (end, at, part.part)
    origin.script = None


def test_out_of_descriptors():
    front = Pound("Client 10\nTimeOut 10\nLogLevel 0\nThreads 2\n"
                  + listener(service(backend(nginx))), wait=None)
    front.args = ["prlimit", "--nofile=64:64", *front.args]
    front.start()
    worker = front.worker_pid()
    begin, spent, mark = time.monotonic(), ticks(worker), front.mark()
    clients = [Client(front.port, timeout=30) for _ in range(256)]
    time.sleep(2)  # nobody speaks: all that can be accepted has been
    idle = ticks(worker) - spent
    for client in clients:
        client.request("/", "Connection: close")
    statuses = []
    for client in clients:
        statuses.append(client.answer().status)
        client.close()
    say("256 clients with 64 descriptors: %d of 200, %d of 503; processor %.2f s idle, %.2f s in all",
        statuses.count(200), statuses.count(503), idle, ticks(worker) - spent)
    assert set(statuses) <= {200, 503} and statuses.count(200) > 128, statuses
    assert idle < 0.5 * SLOW, "busy while it pauses: %.2f s" % idle
    assert ticks(worker) - spent < 2 * SLOW and elapsed(begin) < 40
    equal(len(front.since(mark, "accepting pauses")), 1, "lines about it")
    with Client(front.port) as client:
        equal(client.get("/").status, 200)
    equal(front.worker_pid(), worker, "worker")
    front.stop()


PATTERNS = {  # directive: (in the listener, in the service)
    "CheckURL": ('CheckURL "^/(a+)+$"', ""), "HeadRemove": ('HeadRemove "^X-T: (a+)+$"', ""),
    "URL": ("", 'URL "^/(a+)+$"'), "HeadRequire": ("", 'HeadRequire "^X-T: (a+)+$"'),
    "HeadDeny": ("", 'HeadDeny "^X-T: (a+)+$"'),
}


def test_patterns_that_backtrack():
    def backtrack(name, listen, serve):
        front = Pound(simple(nginx, "LogLevel 0", "MaxURI 40k\nMaxField 40k\n" + listen, serve))
        worker, mark = front.worker_pid(), front.mark()
        long = "a" * 30000 + "!"
        spent = ticks(worker)
        with Client(front.port) as client:
            equal(client.get("/" + long, "X-T: " + long).status, 500)
        spent = ticks(worker) - spent
        line = [n for n, text in enumerate(open(front.config), 1) if "(a+)+" in text]
        front.wait_log(r"%s in .*line %d\b" % (name, line[0]), mark)
        assert spent <= 0.1 * SLOW, "%.2f s of processor time" % spent
        with Client(front.port) as client:
            equal(client.get("/a", "X-T: b").status, 503 if name == "HeadRequire" else 200)
        front.stop()
    each([(name, *where) for name, where in PATTERNS.items()], backtrack)


main(limit=280)
