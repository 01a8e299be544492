# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1 heads and bodies as the tests judge them: strictly.

Nothing here is lenient. What Pound sends, in either direction, has to be
one unambiguous message; a parser that forgives would hide what we look for.
"""

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
FIELD = re.compile(rb"(" + TOKEN + rb"):([ \t]*)([^\x00-\x08\x0a-\x1f\x7f]*)")
REQUEST = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.1")
STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([^\x00-\x08\x0a-\x1f\x7f]*)")
LENGTH = re.compile(r"0|[1-9][0-9]*")
CHUNK = re.compile(rb"(0|[1-9a-fA-F][0-9a-fA-F]*)\r\n")


class Malformed(AssertionError):
    """Pound sent something that is not clean HTTP."""


class Truncated(AssertionError):
    """The connection ended inside a message; .part is what came."""

    def __init__(self, part, how):
        super().__init__("cut (%s) after %d bytes: %r" % (how, len(part), part[-80:]))
        self.part = part
        self.how = how


class Message:
    """One head, and its body once that has been read."""

    def __init__(self, raw):
        self.raw = bytes(raw)
        if not self.raw.endswith(b"\r\n\r\n"):
            raise Malformed("head does not end in an empty line: %r" % self.raw)
        lines = self.raw[:-4].split(b"\r\n")
        self.start = lines[0].decode("latin-1")
        self.fields = [self._field(line) for line in lines[1:]]
        self.body = b""
        self.chunks = []
        self._check_framing()

    @staticmethod
    def _field(line):
        match = FIELD.fullmatch(line)
        if not match:
            raise Malformed("not a clean field line: %r" % line)
        value = match.group(3)
        if value != value.rstrip(b" \t"):
            raise Malformed("blanks after the value: %r" % line)
        return match.group(1).decode(), value.decode("latin-1")

    def _check_framing(self):
        lengths = self.all("Content-Length")
        codings = self.all("Transfer-Encoding")
        if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
            raise Malformed("ambiguous framing: %r" % self.raw)
        if lengths and not LENGTH.fullmatch(lengths[0]):
            raise Malformed("bad Content-Length: %r" % self.raw)
        if codings and codings[0].lower() != "chunked":
            raise Malformed("bad Transfer-Encoding: %r" % self.raw)

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def names(self):
        return [n for n, _ in self.fields]

    @property
    def length(self):
        value = self.get("Content-Length")
        return None if value is None else int(value)

    @property
    def chunked(self):
        return self.get("Transfer-Encoding") is not None


class Request(Message):
    """A request head as a back-end received it; must be clean."""

    def __init__(self, raw):
        super().__init__(raw)
        match = REQUEST.fullmatch(self.start.encode("latin-1"))
        if not match:
            raise Malformed("not a clean request line: %r" % self.start)
        self.method, self.target = (g.decode() for g in match.groups())
        if len(self.all("Host")) != 1:
            raise Malformed("not exactly one Host: %r" % self.raw)
        self.conn = None


class Response(Message):
    """A response head as the client received it; must be clean."""

    def __init__(self, raw):
        super().__init__(raw)
        match = STATUS.fullmatch(self.start.encode("latin-1"))
        if not match:
            raise Malformed("not a clean status line: %r" % self.start)
        self.status = int(match.group(1))
        self.reason = match.group(2).decode("latin-1")
        self.framing = None
        self.interim = []


class Reader:
    """Reads messages from a socket, one recv at a time, keeping the rest.

    received holds every byte that ever came; ended is None, 'fin', 'rst', or
    the .how of what the socket raised (lib.tls), which is then .error.
    """

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        self.received = bytearray()
        self.ended = self.error = None

    def more(self):
        """Wait for bytes: False when the peer has closed. May time out."""
        if self.ended:
            return False
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError) as error:
            self.ended = getattr(error, "how", "rst")
            self.error = error
            return False
        if not data:
            self.ended = "fin"
            return False
        self.buffer += data
        if len(self.received) < 4 << 20:
            self.received += data
        return True

    def need(self, part=b""):
        if not self.more():
            raise Truncated(bytes(part) + bytes(self.buffer), self.ended)

    def take(self, size):
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def head_bytes(self):
        """One head with its empty line; None when closed before a byte."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if not self.more():
                if not self.buffer:
                    return None
                raise Truncated(bytes(self.buffer), self.ended)
        return self.take(end + 4)

    def exactly(self, size, sink=None):
        """size bytes: returned, or handed to sink(bytes) as they come."""
        got = bytearray()
        left = size
        while left:
            if not self.buffer:
                self.need(got)
            run = self.take(min(left, len(self.buffer)))
            left -= len(run)
            if sink:
                sink(run)
            else:
                got += run
        return bytes(got)

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            self.need()
        return self.take(end + 2)

    def chunked(self, sink=None):
        """A chunked body: (body, [size of each chunk]); no trailers allowed."""
        body, sizes = bytearray(), []
        while True:
            try:
                line = self.line()
                match = CHUNK.fullmatch(line)
                if not match:
                    raise Malformed("bad chunk size line: %r" % line)
                size = int(match.group(1), 16)
                if size:
                    sizes.append(size)
                    body += self.exactly(size, sink)
                if (end := self.line()) != b"\r\n":
                    raise Malformed("chunk of %d ends in %r" % (size, end))
            except Truncated as cut:
                raise Truncated(bytes(body) + cut.part, cut.how) from None
            if not size:
                return bytes(body), sizes

    def until_close(self):
        while self.more():
            pass
        return self.take(len(self.buffer))
