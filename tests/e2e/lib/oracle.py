# SPDX-License-Identifier: GPL-3.0-or-later
"""What must become of any bytes that a client may send: strict-http 1 to 6,
written a second time, in Python, from the rules and from nothing of Pound.

verdict(raw) reads a connection's bytes as a listener with xHTTP 2 and default
limits must: a list of what comes of them, in order, each
	Sees(...)        served, and this is what the back-end receives
	(OWN, method)    answered by Pound itself: a redirect, or Max-Forwards: 0
	a set            refused with one of these statuses; the last one
	CUT              incomplete, or closed without a word; the last one
and nothing behind the last one is looked at. Of port "lenient" the listener has
Strict 0 (A.1 22), of port "loose" it has xHTTP 3, of port "moved" its service only
redirects.
"""

import ipaddress
import re

from lib.probe import Sees

OWN, CUT = "own", "cut"
METHODS = {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "LOCK", "UNLOCK", "PROPFIND",
           "PROPPATCH", "SEARCH", "MKCOL", "MOVE", "COPY", "OPTIONS", "TRACE", "MKACTIVITY",
           "CHECKOUT", "MERGE", "REPORT"}
EXCHANGE = {"SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY", "BPROPFIND", "BPROPPATCH", "POLL", "BMOVE",
            "BCOPY", "BDELETE"}
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
       "http2-settings", "expect", "proxy", "x-forwarded-for"}
FRAMING = {"host", "connection", "content-length", "transfer-encoding"}
XSSL = {"x-ssl-" + word for word in ("cipher", "subject", "issuer", "notbefore", "notafter",
                                     "serial", "certificate")}
GUARDED = FRAMING | XSSL | {"proxy", "x-forwarded-for"}
SECRET = {"authorization", "proxy-authorization", "cookie", "cookie2"}
T = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
TOKEN = re.compile(T + "+")
VALUE = re.compile("[\t\x20-\x7e\x80-\xff]*")
PLAIN = "A-Za-z0-9\\-._~:/?[\\]@!$&'()*+,;="
ODD, HIGH = re.compile(r'["<>\\^`{|}\x80-\xff]'), re.compile("[\x80-\xff]")
TARGET = re.compile("[%s%%\"<>\\\\^`{|}\x80-\xff]*" % PLAIN)
NAME = re.compile(r"[A-Za-z0-9\-._~!$()*+;=]+")
TEXT = r'(?:[\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\x20-\x7e\x80-\xff])*'
SIZE = re.compile(r'([0-9A-Fa-f]{1,16})((?:;%s+(?:=(?:%s+|"%s"))?)*)' % (T, T, TEXT))


class Refused(Exception):
    """.why: the statuses that would do."""

    def __init__(self, *why):
        super().__init__(*why)
        self.why = set(why)


class Incomplete(Exception):
    pass


def line_of(data, at):
    """(text, whether it ends in bare LF, where the next one begins)."""
    end = data.find("\n", at)
    if end < 0:
        raise Incomplete
    bare = data[end - 1:end] != "\r" or end == at
    return data[at:end if bare else end - 1], bare, end + 1


class Request:
    """One request out of data from at on; .end is where it ends."""

    def __init__(self, data, at, port):
        self.strict, self.loose, self.moved = port != "lenient", port == "loose", port == "moved"
        if data[at:at + 1] == "\x16":
            raise Incomplete
        self.head(data, at)
        self.faults = set()
        for judge in (self.host, self.framing, self.expectation):
            try:
                judge()
            except Refused as refused:
                self.faults |= refused.why
        if self.faults:
            raise Refused(*self.faults)
        self.wants()

    # -- the head -------------------------------------------------------

    def head(self, data, at):
        blank, text, self.bare = 0, "", None
        while not text:
            text, bare, at = line_of(data, at)
            if self.bare not in (None, bare):
                raise Refused(400)
            self.bare = bare
            blank += not text
            if blank > 2:
                raise Refused(400)
        self.start_line(text)
        self.fields = []
        while True:
            text, bare, at = line_of(data, at)
            if bare != self.bare or "\r" in text:
                raise Refused(400)
            if not text:
                break
            self.field(text)
        self.end = at

    def start_line(self, text):
        words = text.split(" ")
        if len(words) != 3 or not TOKEN.fullmatch(words[0]) or "\r" in text or not words[1]:
            raise Refused(400)
        self.method, target, version = words
        if not re.fullmatch(r"HTTP/[0-9]\.[0-9]", version):
            raise Refused(400)
        if version not in ("HTTP/1.0", "HTTP/1.1"):
            raise Refused(505 if version[5] > "1" else 400)
        self.minor = int(version[7])
        if not self.strict and self.method.upper() in METHODS:
            self.method = self.method.upper()
        if self.method not in METHODS and not (self.loose and self.method in EXCHANGE):
            raise Refused(501)
        self.authority, self.https = None, False
        self.target = self.origin_form(target)

    def origin_form(self, text):
        if text == "*":
            if self.method != "OPTIONS":
                raise Refused(400)
            return text
        absolute = re.match("https?://", text, re.I)
        if absolute:
            self.authority, text = re.fullmatch("([^/?]*)(.*)", text[absolute.end():], re.S).groups()
            self.https = absolute[0].lower() == "https://"
            self.authority = authority(self.authority, self.https)
            if not text.startswith("/"):
                text = "/" + text
        path, _, query = text.partition("?")
        if not text.startswith("/") or not TARGET.fullmatch(text) or "%00" in text or (
                not self.loose and re.search("%(?![0-9A-Fa-f]{2})", path)):
            raise Refused(400)
        return (HIGH if self.loose else ODD).sub(lambda found: "%%%02X" % ord(found[0]), text)

    def field(self, text):
        name, colon, value = text.partition(":")
        if colon and TOKEN.fullmatch(name) and VALUE.fullmatch(value):
            self.fields.append((name, value.strip(" \t")))
        elif self.strict or self.may_frame(text, name, colon):
            raise Refused(400)

    def may_frame(self, text, name, colon):
        """Strict 0 leaves out no line that may be meant to frame the message."""
        letters = re.sub("[^a-z0-9]", "", name.lower())
        names = [word.replace("-", "") for word in FRAMING]
        folded = text[0] in " \t" and self.fields and self.fields[-1][0].lower() in FRAMING
        return folded or letters in names or (
            not colon and any(letters.startswith(word) for word in names))

    def all(self, wanted):
        return [value for name, value in self.fields if name.lower() == wanted]

    def listed(self, wanted):
        return [word.strip(" \t").lower() for value in self.all(wanted) for word in value.split(",")]

    # -- what it says ----------------------------------------------------

    def host(self):
        hosts = self.all("host")
        if len(hosts) > 1 or (not hosts and self.minor == 1 and self.strict):
            raise Refused(400)
        self.name = hosts[0] if hosts else ""
        if self.name:
            authority(self.name, False)
        if self.authority is not None and (
                not self.name or authority(self.name, self.https).lower() != self.authority.lower()):
            self.name = self.authority

    def framing(self):
        lengths, codings = self.all("content-length"), self.all("transfer-encoding")
        faults = set()
        if codings:
            if self.minor == 0 or len(codings) > 1 or not TOKEN.fullmatch(codings[0]):
                faults.add(400)
            elif codings[0].lower() != "chunked":
                faults.add(501)
        if len(lengths) > 1 or (lengths and codings) or (lengths and (
                not re.fullmatch("0|[1-9][0-9]*", lengths[0]) or int(lengths[0]) >= 1 << 63)):
            faults.add(400)
        if self.bare and (lengths or codings):
            faults.add(400)
        if faults:
            raise Refused(*faults)
        self.length = int(lengths[0]) if lengths else None
        self.chunked = bool(codings)

    def expectation(self):
        if any(value.lower() not in ("", "100-continue") for value in self.all("expect")):
            raise Refused(417)

    def wants(self):
        tokens = self.listed("connection")
        self.keeps = "close" not in tokens and not self.bare and (
            self.minor == 1 or "keep-alive" in tokens)
        hops = self.all("max-forwards")
        self.own = self.method in ("OPTIONS", "TRACE") and bool(hops) and bool(
            re.fullmatch("0+", hops[0]))
        # A body that waits for a word of ours may never come.
        waits = self.minor == 1 and "100-continue" in [v.lower() for v in self.all("expect")]
        self.keeps &= not (self.own and self.method == "TRACE")
        self.own |= self.moved
        self.keeps &= not (self.own and waits)

    # -- what arrives ----------------------------------------------------

    def read_body(self, data):
        self.body, self.chunks = "", None
        if self.chunked:
            self.read_chunks(data)
        elif self.length:
            if len(data) - self.end < self.length:
                raise Incomplete
            self.body = data[self.end:self.end + self.length]
            self.end += self.length

    def read_chunks(self, data):
        self.chunks, extensions, total = [], 0, 0
        while True:
            text = self.chunk_line(data)
            match = SIZE.fullmatch(text)
            size = int(match[1], 16) if match else 0
            extensions, total = extensions + len(match[2]) if match else 0, total + size
            if not match or total >= 1 << 63 or extensions > 4096:
                raise Refused(400)
            if size == 0:
                break
            self.chunks.append(size)
            if len(data) - self.end < size:
                raise Incomplete
            self.body += data[self.end:self.end + size]
            self.end += size
            if self.chunk_line(data):
                raise Refused(400)
        self.read_trailers(data)

    def read_trailers(self, data):
        begin, count = self.end, 0
        while text := self.chunk_line(data):
            count += 1
            name, colon, value = text.partition(":")
            if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value) or count > 128:
                raise Refused(400)
        if self.end - begin > 16384:
            raise Refused(400)

    def chunk_line(self, data):
        """A line of chunks that ends in CRLF; Incomplete may be a fault too."""
        text, bare, end = line_of(data, self.end)
        if bare or "\r" in text:
            raise Refused(400)
        self.end = end
        return text

    def sees(self):
        gone = HOP | (set(self.listed("connection")) - FRAMING) | XSSL
        socket = self.method == "GET" and self.minor == 1 and "upgrade" in self.listed("connection") \
            and len(self.all("upgrade")) == 1 and self.all("upgrade")[0].lower() == "websocket" \
            and not self.chunked and not self.length
        seen, connection = [], False
        for name, value in self.fields:
            low = name.lower()
            if socket and low == "connection" and not connection:
                connection = True
                seen.append((name, "Upgrade"))
            elif socket and low == "upgrade":
                seen.append((name, value))
            elif low not in gone and not ("_" in name and low.replace("_", "-") in GUARDED) \
                    and not (self.method == "TRACE" and low in SECRET):
                seen.append((name, self.value(low, value)))
        before = [value for value in self.all("x-forwarded-for") if value]
        if "x-forwarded-for" in self.listed("connection"):
            before = []
        seen.append(("X-Forwarded-For", ", ".join(before + ["127.0.0.1"])))
        if not self.all("host"):
            seen.insert(0, ("Host", self.name))
        return Sees("%s %s HTTP/1.1" % (self.method, self.target), self.name or None,
                    self.body.encode("latin-1"), chunks=self.chunks,
                    fields=seen if self.name else None)

    def value(self, low, value):
        if low == "host":
            return self.name
        if low == "transfer-encoding":
            return "chunked"
        if low == "max-forwards" and self.method in ("OPTIONS", "TRACE") and re.fullmatch(
                "[0-9]+", value) and 0 < int(value) < 1 << 32:
            return str(int(value) - 1)
        return value


def authority(text, https):
    """A good one without its default port."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", text, re.S)
    if not match or (match[2] and int(match[2]) > 65535):
        raise Refused(400)
    name = match[1]
    if name.startswith("["):
        try:
            ipaddress.IPv6Address(name[1:-1])
        except ValueError:
            raise Refused(400) from None
        if "%" in name:
            raise Refused(400)
    elif not NAME.fullmatch(name):
        raise Refused(400)
    return name if not match[2] or match[2] == ("443" if https else "80") else text


def verdict(raw, port="main"):
    data, at, found = raw.decode("latin-1"), 0, []
    while at < len(data):
        own = []
        try:
            request = Request(data, at, port)
            own = [(OWN, request.method)] * request.own  # before the body, which is read away
            request.read_body(data)
        except Refused as refused:
            return found + (own or [refused.why])
        except Incomplete:
            return found + (own or [CUT])
        found.append(own[0] if own else request.sees())
        at = request.end
        if not request.keeps:
            return found
    return found
