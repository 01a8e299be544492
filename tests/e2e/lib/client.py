# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that sends exactly the bytes it is told and judges the answer."""

import socket
import struct
import time

from lib.http import Malformed, Reader, Response, Truncated

NO_BODY = (204, 304)


def build(method, target, fields, body, version):
    """A request of the usual form; fields are 'Name: value' strings."""
    lines = ["%s %s HTTP/%s" % (method, target, version)]
    lines += fields
    if not any(f.lower().startswith("host:") for f in fields):
        lines.insert(1, "Host: h.test")
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + (body or b"")


def encode_chunks(*parts):
    """The parts as chunks, with the last chunk and no trailer."""
    out = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts)
    return out + b"0\r\n\r\n"


class Client:
    """One connection to Pound.  Every wait ends after `timeout` seconds; source
    is an address of ours to come from."""

    def __init__(self, port, host="127.0.0.1", timeout=10, buffer=None, source=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(timeout)
        if source:
            self.sock.bind((source, 0))
        self.sock.connect((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- sending ---------------------------------------------------------

    def send(self, data):
        """Send all; a peer that has already closed is not an error here."""
        try:
            self.sock.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            pass
        return self

    def send_bytewise(self, data):
        for i in range(len(data)):
            self.send(data[i:i + 1])
        return self

    def request(self, target="/", *fields, method="GET", body=None, version="1.1"):
        return self.send(build(method, target, list(fields), body, version))

    def fin(self):
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def rst(self):
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()

    def close(self):
        self.sock.close()

    # -- receiving -------------------------------------------------------

    def head(self):
        """The next head, interim (1xx) or final."""
        raw = self.reader.head_bytes()
        if raw is None:
            raise Truncated(b"", self.reader.ended)
        return Response(raw)

    def body(self, response, method="GET", sink=None):
        """Read the body of response by its own framing."""
        if method == "HEAD" or response.status in NO_BODY:
            response.framing = "none"
        elif response.chunked:
            response.framing = "chunked"
            response.body, response.chunks = self.reader.chunked(sink)
        elif response.length is not None:
            response.framing = "length"
            response.body = self.reader.exactly(response.length, sink)
        else:
            response.framing = "close"
            response.body = self.reader.until_close()
        return response

    def answer(self, method="GET", sink=None):
        """The final answer, with the interim ones before it in .interim."""
        interim = []
        response = self.head()
        while response.status < 200:
            interim.append(response)
            response = self.head()
        response.interim = interim
        return self.body(response, method, sink)

    def get(self, target="/", *fields, method="GET", body=None, version="1.1"):
        """Send one request and read its answer."""
        self.request(target, *fields, method=method, body=body, version=version)
        return self.answer(method)

    def rest(self, timeout=None):
        """All bytes until the peer closes; .ended says how it closed."""
        if timeout:
            self.sock.settimeout(timeout)
        return self.reader.until_close()

    @property
    def ended(self):
        return self.reader.ended

    def expect_close(self, timeout=None):
        """The peer closes, and not one byte comes before that."""
        rest = self.rest(timeout)
        if rest:
            raise Malformed("bytes instead of a close: %r" % rest[:200])
        return self

    def is_open(self, wait=0.3):
        """True if nothing comes and nobody closes for `wait` seconds.

        For the few places where the point is that *nothing* happens.
        """
        old = self.sock.gettimeout()
        self.sock.settimeout(wait)
        begin = time.monotonic()
        try:
            self.sock.recv(1, socket.MSG_PEEK)
            return False
        except (TimeoutError, socket.timeout):
            return time.monotonic() - begin >= wait * 0.9
        except ConnectionResetError:
            return False
        finally:
            self.sock.settimeout(old)


def refuses(port):
    """Nobody listens there."""
    try:
        Client(port).close()
        return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it came in the moment in which listening ended
        return False


def ask(port, raw, method="GET", host="127.0.0.1", timeout=10):
    """Send raw bytes on a fresh connection, return the final answer."""
    with Client(port, host, timeout) as client:
        return client.send(raw).answer(method)
