# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a back-end in the probe, by hand after strict-http 8: (name,
bytes, want[, method]), and every byte in every place of an answer."""

import re
import string

from lib.probe_answers import BAD, Cut, Gets

START = b"HTTP/1.1 200 OK\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
CASES = []


def add(name, answer, want, method="GET"):
    CASES.append((name, answer, want, method))


def fields(lines, want, body=b"hello"):
    """lines before a good length."""
    add("fields %r" % lines[:60],
        START + lines + b"\r\nContent-Length: 5\r\n\r\n" + body, want)


def framed(lines, body, want):
    add("framing %r" % lines[:60], START + lines + b"\r\n\r\n" + body, want)


def chunks(body, want):
    add("chunks %r" % body[:60], CHUNKED + body, want)


# --- Status lines -------------------------------------------------------------

for word in [
        b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1  200 OK", b"HTTP/1.1\t200 OK", b" HTTP/1.1 200 OK",
        b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 099 OK", b"HTTP/1.1 600 OK",
        b"HTTP/1.1 999 OK", b"HTTP/1.1 000 OK", b"HTTP/1.1 -20 OK", b"HTTP/1.1 +20 OK",
        b"HTTP/1.1 2e2 OK", b"HTTP/1.1 abc OK", b"HTTP/1.1 200OK", b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 200 O\x00K", b"HTTP/1.1 200 \x1b[2J", b"HTTP/1.1 200 O\rK", b"HTTP/1.1 200 \x7f",
        b"HTTP/2 200 OK", b"HTTP/2.0 200 OK", b"HTTP/0.9 200 OK", b"HTTP/11 200 OK",
        b"http/1.1 200 OK", b"ICY 200 OK", b"HTTP 200 OK", b"200 OK", b"GET / HTTP/1.1",
        b"HTTP/1.x 200 OK", b"HTTP/01.1 200 OK", b"RTSP/1.0 200 OK", b"<html>hello</html>"]:
    add("line %r" % word, word + b"\r\nContent-Length: 5\r\n\r\nhello", BAD)
for word, reason in [(b" ", ""), (b"", ""), (b" Not  So\tOK", "Not  So\tOK"),
                     (b" \xe9t\xe9", "\xe9t\xe9"), (b" 200 HTTP/1.1", "200 HTTP/1.1")]:
    add("reason %r" % word, b"HTTP/1.1 200" + word + b"\r\nContent-Length: 5\r\n\r\nhello",
        Gets(reason=reason))
for status in [201, 299, 300, 301, 399, 400, 404, 418, 499, 500, 503, 599]:
    add("status %d" % status, b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\nhello" % status,
        Gets(status=status, again=True))
for version in [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/1.9"]:
    add("version %r" % version, version + b" 200 OK\r\nContent-Length: 5\r\n\r\nhello", Gets())
add("an empty line first", b"\r\n" + START + b"Content-Length: 5\r\n\r\nhello", BAD)
add("101 unasked", b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", BAD)
add("101 of nothing", b"HTTP/1.1 101 X\r\n\r\n", BAD)
add("interims", b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n" + START +
    b"Content-Length: 5\r\n\r\nhello", Gets(interims=[103], again=True))

# --- Fields --------------------------------------------------------------------

for text in [b"X: a\x00b", b"X: a\rb", b"X: a\x1bb", b"X: a\x7fb", b"X: \x01", b"X: a\x0bb",
    b"X\x00: v",
             b"X\x01Y: v", b"no\x00colon", b"\x7f: v", b"X: a\r\n \x00", b"X: a\r\n b\rc", b"\r: v",
             b"X: " + b"v" * 70000, b"\r\n".join(b"X: v" for _ in range(200))]:
    fields(text, BAD)
for text, has, lacks in [
        (b"X: v", [("X", "v")], []), (b"X:v", [("X", "v")], []), (b"X: \t v \t", [("X", "v")], []),
        (b"x-ODD: V", [("x-ODD", "V")], []), (b"X:", [("X", "")], []),
        (b"X: \xe9", [("X", "\xe9")], []),
        (b"X: 1\r\nX: 2", [("X", "1"), ("X", "2")], []),
        (b"Set-Cookie: a=b;;=", [("Set-Cookie", "a=b;;=")], []),
        (b"Connection: X\r\nX: 1", [], ["X"]), (b"Keep-Alive: 5", [], ["Keep-Alive"]),
        (b"Proxy-Connection: x", [], ["Proxy-Connection"]), (b"Trailer: X", [], ["Trailer"]),
        (b"Upgrade: h2", [], ["Upgrade"]), (b"TE: x", [], ["TE"]),
        (b"Connection: X\r\nConnection: y, Z\r\nZ: 1", [], ["Z"])]:
    fields(text, Gets(has=has, lacks=lacks, again=True))
for text, has, lacks in [
        (b"X : v", [("X", "v")], []), (b"X \t: v", [("X", "v")], []), (b"rubbish", [], ["rubbish"]),
        (b": v", [], []), (b" : v", [], []), (b"X Y: v", [], ["X", "Y"]), (b"X(Y): v", [], []),
        (b"\xe9: v", [], []), (b"X: a\r\n b", [("X", "a b")], []), (b"X: a\r\n\t b\r\n  c ",
                                                                   [("X", "a b c")], []),
        (b"X:\r\n v", [("X", "v")], []), (b"X: a\r\n ", [("X", "a")], []), (b" X: v", [], ["X"]),
        (b"no\r\n colon\r\nY: v", [("Y", "v")], ["no"]), (b"X: v\nY: w", [("X", "v"),
        ("Y", "w")], []),
        (b"Transfer-Encoding chunked", [], []), (b"<a>: b", [], [])]:
    fields(text, Gets(has=has, lacks=lacks, again=False))

# --- Framing --------------------------------------------------------------------

for value in [b"", b"-5", b"+5", b"0x5", b"5.0", b"five", b"5 5", b"5;", b"5,4", b"5,", b",5",
    b"5x",
              b"9223372036854775808", b"18446744073709551621", b"99999999999999999999", b"\xb5",
              b"5\r\nContent-Length: 6", b"6\r\nContent-Length: 5", b"5\r\nContent-Length:",
              b"5\r\n 5",
              b"5\r\nContent-Length : 6"]:
    framed(b"Content-Length: " + value, b"hello", BAD)
for value in [b"gzip", b"identity", b"", b"chunked, gzip", b"gzip, chunked", b"chunked;q=1",
    b"xchunked",
              b"\"chunked\"", b"chunked,", b"chun ked", b"chunked\r\nTransfer-Encoding: identity",
              b"gzip\r\nTransfer-Encoding: chunked", b"gzip\r\nContent-Length: 5"]:
    framed(b"Transfer-Encoding: " + value, CHUNKS, BAD)
framed(b"Content-Length: 5", b"hello", Gets(framing="length", again=True))
framed(b"Content-Length: \t5 ", b"hello", Gets(framing="length", again=True))
framed(b"Content-Length: 0", b"", Gets(b"", framing="length", again=True))
framed(b"Transfer-Encoding: chunked", CHUNKS, Gets(framing="chunked", again=True))
framed(b"transfer-encoding: CHUNKED", CHUNKS, Gets(framing="chunked", again=True))
for lines, body in [
        (b"Content-Length: 5\r\nContent-Length: 5", b"hello"), (b"Content-Length: 5, 5", b"hello"),
        (b"Content-Length : 5", b"hello"), (b"Content-Length:\r\n 5", b"hello")]:
    framed(lines, body, Gets(framing="length", again=False))
for lines in [b"Content-Length: 3\r\nTransfer-Encoding: chunked",
              b"Transfer-Encoding: chunked\r\nContent-Length: 0",
              b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
              b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked\r\nConnection: close",
              b"Transfer-Encoding: chunked, chunked"]:
    framed(lines, CHUNKS, Gets(framing="chunked", again=False))
add("1.0 in chunks", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    Gets(framing="chunked", again=False))
add("all in bare LF", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", Gets(again=False))
add("length and more bytes", START + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n"
    b"Content-Length: 4\r\n\r\nevil", Gets(again=False))
add("chunks and more bytes", CHUNKED + CHUNKS + b"evil", Gets(again=False))
for status in (204, 304):
    for lines in (b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"):
        add("%d %r" % (status, lines), b"HTTP/1.1 %d X\r\n%s\r\n" % (status, lines),
            Gets(b"", status=status, lacks=["Transfer-Encoding"]))
        add("%d %r and bytes" % (status, lines), b"HTTP/1.1 %d X\r\n%s\r\n%s" % (
            status, lines, CHUNKS), Gets(b"", status=status, again=False))
for lines in (b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"):
    add("HEAD %r" % lines, START + lines + b"\r\n", Gets(b""), "HEAD")
    add("HEAD %r and bytes" % lines, START + lines + b"\r\n" + CHUNKS, Gets(b"", again=False),
        "HEAD")
for count, size, want in [(127, 1, Gets(lacks=["X"])), (128, 1, Gets(lacks=["X"])), (129, 1, Cut(b"h")),
                          (4, 16383, Gets()), (4, 16384, Gets()), (4, 16385, Cut(b"h"))]:
    section = b"X: v\r\n" * count
    if size > 1:  # bytes of the section, its empty line among them
        section = (b"X: " + b"v" * 4000 + b"\r\n") * 4 + b"Y: " + b"w" * (size - 4 * 4005 - 7) + b"\r\n"
    add("trailers of %d fields, %d bytes" % (count, len(section) + 2), CHUNKED + b"5\r\nhello\r\n0\r\n"
        + section + b"\r\n", want)
for size, want in [(4095, Gets()), (4096, Gets()), (4097, Cut(b""))]:
    add("extensions of %d bytes" % size, CHUNKED + b"5;" + b"e" * (size - 1) + CHUNKS[1:], want)
for lines, kept in [(b"Content-Length: 5\r\n", True), (b"Transfer-Encoding: chunked\r\n", False)]:
    add("HEAD %r and a length" % lines, START + lines + b"Content-Length: 5\r\n\r\n",
        Gets(b"", has=[("Content-Length", "5")] * kept, again=False,
             lacks=["Transfer-Encoding"] + ["Content-Length"] * (not kept)), "HEAD")

# --- Chunks ----------------------------------------------------------------------

for good in [b"5  \r\nhello\r\n0 \r\n\r\n", b"5 ;a=b\r\nhello\r\n" + CHUNKS[-5:],
             b"5\t\r\nhello\r\n" + CHUNKS[-5:]]:
    chunks(good, Gets(again=False))
for good in [b"05\r\nhello\r\n000\r\n\r\n", b"5;a=\"b;c\"\r\nhello\r\n" + CHUNKS[-5:],
             b"5\r\nhello\r\n0\r\nX: v\r\nContent-Length: 9\r\n\r\n",
             b"1\r\nh\r\n4\r\nello\r\n0;e\r\n\r\n"]:
    chunks(good, Gets(lacks=["X"]))
for bad in [b"+5\r\nhello\r\n", b"-5\r\n", b"0x5\r\nhello\r\n", b" 5\r\nhello\r\n",
    b"5\nhello\r\n", b"\r\n",
            b"00000000000000005\r\nhello\r\n", b"8000000000000000\r\nhello",
            b"ffffffffffffffff\r\nhello",
            b"g\r\n", b"5g\r\nhello\r\n", b"5;\r\nhello\r\n", b"5;a=\"\r\nhello\r\n",
            b"5\x00\r\nhello\r\n",
            b"0\n\r\n", b"0\r\n\n", b"0\r\nX\r\n\r\n", b"0\r\nX: a\x00\r\n\r\n",
            b"0\r\n" + b"X: v\r\n" * 129 + b"\r\n",
            b"0\r\n" + (b"X: " + b"v" * 5000 + b"\r\n") * 4 + b"\r\n", b"5\r\nhello\n",
            b"5\r\nhelloo\r\n"]:
    chunks(b"5\r\nfirst\r\n" + bad, Cut(b"first"))


# --- Every byte in every place -------------------------------------------------

TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
TEXT = rb"[\t\x20-\x7e\x80-\xff]"
BODY = b"l" * 59  # as much as any length here says; what is over is cut
SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(;[ \t]*%(t)s+[ \t]*(=[ \t]*(%(t)s+|\"([\x20\x21"
                  rb"\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\x20-\x7e\x80-\xff])*\")[ \t]*)?)*\r\n"
                  % {b"t": TCHAR})
TRAILER = re.compile(rb"%s+:%s*\r\n" % (TCHAR, TEXT))


def parse_fields(lines):
    """[[name, value]] by the gentle rules; None: to be refused."""
    found, last = [], None
    for text in lines:
        if re.search(rb"[^\t\x20-\x7e\x80-\xff]", text):
            return None
        match = re.fullmatch(rb"(%s+)[ \t]*:(.*)" % TCHAR, text, re.S)
        if text[:1] in (b" ", b"\t"):
            if last:
                last[1] = (last[1] + " " + text.strip(b" \t").decode("latin-1")).strip(" \t")
        elif match:
            last = [match[1].decode(), match[2].strip(b" \t").decode("latin-1")]
            found.append(last)
        else:
            last = None
    return found


def parse_head(answer):
    """(status, reason, fields, body), or None."""
    lines, rest = [], answer
    while True:
        text, lf, rest = rest.partition(b"\n")
        text = text[:-1] if text.endswith(b"\r") else text
        if not lf:
            return None
        if lines and not text:
            break
        lines.append(text)
    match = re.fullmatch(rb"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: (%s*))?" % TEXT, lines[0])
    found = parse_fields(lines[1:])
    if not match or found is None or match[1][:1] == b"1":  # 1xx: no head follows it
        return None
    return int(match[1]), (match[2] or b"").decode("latin-1"), found, rest


def parse_chunks(data):
    """(body, whether it is whole)."""
    body = b""
    while (match := SIZE.match(data)) and int(match[1], 16) < 1 << 63:
        size, data = int(match[1], 16), data[match.end():]
        if size == 0:
            while match := TRAILER.match(data):
                data = data[match.end():]
            return body, data.startswith(b"\r\n")
        body += data[:size]
        if data[size:size + 2] != b"\r\n":
            break
        data = data[size + 2:]
    return body, False


def judge(answer):
    """What a client must get of an answer whose sender closes behind it."""
    parsed = parse_head(answer)
    if parsed is None:
        return BAD
    status, reason, found, rest = parsed
    lengths = [v for n, v in found if n.lower() == "content-length"]
    codings = [v.lower() for n, v in found if n.lower() == "transfer-encoding"]
    more = {"status": status, "reason": reason,
            "has": [(n, v) for n, v in found if n.lower() in ("x", "xy")]}
    if codings not in ([], ["chunked"]):
        return BAD
    if lengths and (not re.fullmatch("[0-9]{1,19}", lengths[0])):
        return BAD
    if status in (204, 304):
        return Gets(b"", **more)
    if codings:
        body, whole = parse_chunks(rest)
        return Gets(body, **more) if whole else Cut(body[:5])
    return Gets(rest[:int(lengths[0])] if lengths else rest, **more)


def with_byte(name, form):
    """256 answers: form has ? where the byte comes."""
    before, after = form.split(b"?")
    for b in range(256):
        answer = before + bytes([b]) + after
        yield "%s 0x%02x" % (name, b), answer, judge(answer), "GET"


L = b"Content-Length: 5\r\n\r\n" + BODY
C = b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
PLACES = [("version %d" % n, START[:n] + b"?" + START[n + 1:] + L) for n in range(9)]
PLACES += [
    ("status first", b"HTTP/1.1 ?00 OK\r\n" + L), ("status second", b"HTTP/1.1 2?1 OK\r\n" + L),
    ("status last", b"HTTP/1.1 20? OK\r\n" + L), ("behind the status", b"HTTP/1.1 200?OK\r\n" + L),
    ("reason", b"HTTP/1.1 200 O?K\r\n" + L), ("reason last", b"HTTP/1.1 200 OK?\r\n" + L),
    ("CR of the line", b"HTTP/1.1 200 OK?\n" + L), ("name first", START + b"?X: v\r\n" + L),
    ("name", START + b"X?Y: v\r\n" + L), ("before the colon", START + b"X?: v\r\n" + L),
    ("behind the colon", START + b"X:?v\r\n" + L), ("value", START + b"X: a?b\r\n" + L),
    ("value last", START + b"X: a?\r\n" + L), ("CR of a field", START + b"X: v?\nY: w\r\n" + L),
    ("LF of a field", START + b"X: v\r?Y: w\r\n" + L),
    ("length first", START + b"Content-Length: ?5\r\n\r\n" + BODY + b"l" * 40),
    ("length last", START + b"Content-Length: 5?\r\n\r\n" + BODY),
    ("coding before", START + b"Transfer-Encoding: ?chunked\r\n\r\n" + CHUNKS),
    ("coding behind", START + b"Transfer-Encoding: chunked?\r\n\r\n" + CHUNKS),
    ("size before", START + C + b"?5\r\nhello\r\n0\r\n\r\n"),
    ("size behind", START + C + b"5?\r\nhello\r\n0\r\n\r\n"),
    ("CR of a size", START + C + b"5?\nhello\r\n0\r\n\r\n"),
    ("LF of a size", START + C + b"5\r?hello\r\n0\r\n\r\n"),
    ("extension", START + C + b"5;a?b\r\nhello\r\n0\r\n\r\n"),
    ("extension value", START + C + b"5;a=b?c\r\nhello\r\n0\r\n\r\n"),
    ("quoted", START + C + b"5;a=\"b?c\"\r\nhello\r\n0\r\n\r\n"),
    ("CR of data", START + C + b"5\r\nhello?\n0\r\n\r\n"),
    ("LF of data", START + C + b"5\r\nhello\r?0\r\n\r\n"),
    ("last size", START + C + b"5\r\nhello\r\n?\r\n\r\n"),
    ("trailer name", START + C + b"0\r\nX?Y: v\r\n\r\n"),
        ("trailer value", START + C + b"0\r\nX: a?b\r\n\r\n"),
    ("LF of the end", START + C + b"0\r\n\r?")]
