# SPDX-License-Identifier: GPL-3.0-or-later
"""A back-end that sends exactly scripted bytes and keeps what it receives.

Origin(answer)       answers every request; answer is bytes or a function
                     (request) -> bytes or None (it has sent by itself)
Origin(script=f)     calls f(conn) for each connection: raw in, raw out

The answer may be replaced at any time: origin.answer = b"...".
"""

import socket
import struct
import threading

from lib.http import Malformed, Reader, Request, Truncated
from lib.ports import hold_port, until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def reply(body=b"ok", *fields, status="200 OK", version="1.1"):
    """A plain answer with a length; fields are 'Name: value' strings."""
    lines = ["HTTP/%s %s" % (version, status), *fields, "Content-Length: %d" % len(body)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def then_fin(data):
    """Send data, then close the write side."""
    def act(request):
        request.conn.send(data).fin()
    return act


def then_close(data):
    """Send data, then close both sides."""
    def act(request):
        request.conn.send(data).close()
    return act


def then_rst(data):
    """Send data, then reset the connection."""
    def act(request):
        request.conn.send(data).rst()
    return act


class Conn:
    """One accepted connection; .number counts from 0 per Origin."""

    def __init__(self, sock, number):
        self.sock = sock
        self.number = number
        self.reader = Reader(sock)
        self.requests = []
        self.done = threading.Event()

    @property
    def received(self):
        return bytes(self.reader.received)

    @property
    def ended(self):
        """None, or how Pound ended its side: 'fin', 'rst'."""
        return self.reader.ended

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            pass
        return self

    def fin(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return self

    def close(self):
        """Wake a reader of ours too, then close."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def rst(self):
        linger = struct.pack("ii", 1, 0)
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass
        self.sock.close()

    def head(self):
        """The next request head, judged strictly; None at the end."""
        raw = self.reader.head_bytes()
        if raw is None:
            return None
        request = Request(raw)
        request.conn = self
        return request

    def body(self, request):
        if request.chunked:
            request.body, request.chunks = self.reader.chunked()
        elif request.length:
            request.body = self.reader.exactly(request.length)
        return request

    def drain(self):
        """Read and keep until Pound closes."""
        return self.reader.until_close()


class Origin:
    """A listening back-end on 127.0.0.1, ::1 or a UNIX socket."""

    instances = []
    conn_type = Conn

    def __init__(self, answer=OK, script=None, host="127.0.0.1", path=None,
                 up=True, backlog=512):
        self.answer = answer
        self.script = script
        self.host = host
        self.path = path
        self.backlog = backlog
        self.conns = []
        self.requests = []
        self.violations = []
        self.lock = threading.Lock()
        self.listener = None
        self.held = None
        if not path:
            self.held, self.port = hold_port(host)
        Origin.instances.append(self)
        if up:
            self.up()

    # -- coming and going ------------------------------------------------

    def up(self):
        """Begin to listen (again, on the same port)."""
        if self.path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.path)
        else:
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            self.listener = socket.socket(family)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((self.host, self.port))
        self.listener.listen(self.backlog)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        return self

    def down(self, cut=True):
        """Stop listening; the port stays ours, so connects are refused."""
        if self.listener:
            try:
                self.listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.listener.close()
            self.listener = None
        if cut:
            for conn in list(self.conns):
                conn.close()
        return self

    def close(self):
        self.down()
        if self.held:
            self.held.close()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                conn = self.conn_type(sock, len(self.conns))
                self.conns.append(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    # -- serving ---------------------------------------------------------

    def _serve(self, conn):
        try:
            if self.script:
                self.script(conn)
            else:
                while self._serve_one(conn):
                    pass
        except Truncated:
            pass
        except Malformed as error:
            self.violations.append(str(error))
        except (OSError, ValueError):
            pass
        finally:
            conn.done.set()
            if not self.script or conn.ended:
                conn.sock.close()

    def _serve_one(self, conn):
        request = conn.head()
        if request is None:
            return False
        conn.body(request)
        with self.lock:
            self.requests.append(request)
            conn.requests.append(request)
        answer = self.answer
        data = answer(request) if callable(answer) else answer
        if data is not None:
            conn.send(data)
        return True

    # -- what the tests ask ----------------------------------------------

    def take(self):
        """The requests received since the last take()."""
        with self.lock:
            taken, self.requests = self.requests, []
        return taken

    def one(self):
        """Exactly one request since the last take()."""
        taken = self.take()
        assert len(taken) == 1, "back-end received %d requests: %r" % (
            len(taken), [r.start for r in taken])
        return taken[0]

    def wait_conns(self, count, timeout=8):
        """Until count connections have come in all; returns the last one."""
        until(lambda: len(self.conns) >= count, "connection %d to the back-end" % count, timeout)
        return self.conns[count - 1]

    def wait_requests(self, count, timeout=8):
        until(lambda: len(self.requests) >= count, "%d requests at the back-end" % count, timeout)

    def open_conns(self):
        return [c for c in self.conns if c.ended is None and c.sock.fileno() >= 0]
