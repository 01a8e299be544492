# SPDX-License-Identifier: GPL-3.0-or-later
"""What must become of any answer of a back-end, which closes behind it:
strict-http 8, written a second time from the rules and from nothing of Pound.
With strict the BackEnd has Strict 1."""

import re

from lib.probe_responses import SIZE, TCHAR, TEXT, TRAILER, parse_fields

HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
       "http2-settings"}
FRAMING = {"connection", "content-length", "transfer-encoding", "host"}
LOCATIONS = {"location", "content-location"}
PLAIN = re.compile(rb"%s+:%s*" % (TCHAR, TEXT))
PLAIN_SIZE = re.compile(SIZE.pattern.replace(rb"[ \t]*", b""))
STATUS = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: (%s*))?" % TEXT)


class Verdict:
    """status 502: of ours. whole: whether the body is; None of its bytes count then but
    those that came, which are a beginning of body."""

    def __init__(self, status, interims, reason=None, fields=(), body=b"", whole=True):
        self.status, self.interims, self.reason = status, interims, reason
        self.fields, self.body, self.whole = list(fields), body, whole

    @property
    def ours(self):
        return self.reason is None


def head(data):
    """(status, reason, fields, rest, whether it was put right), or None."""
    lines, mended = [], False
    while True:
        text, lf, data = data.partition(b"\n")
        mended |= not text.endswith(b"\r")
        text = text[:-1] if text.endswith(b"\r") else text
        if not lf:
            return None
        if lines and not text:
            break
        lines.append(text)
    match = STATUS.fullmatch(lines[0])
    fields = parse_fields(lines[1:])
    if not match or fields is None or len(fields) > 128:
        return None
    mended |= any(not PLAIN.fullmatch(line) for line in lines[1:]) or any(
        name.lower() in LOCATIONS and "\t" in value for name, value in fields)
    mended |= lines[0].startswith(b"HTTP/1.0") and match[1][:1] != b"1" and any(
        name.lower() == "transfer-encoding" for name, _ in fields)
    return int(match[1]), (match[2] or b"").decode("latin-1"), fields, data, mended


def listed(fields, wanted):
    return [word.strip(" \t") for name, value in fields if name.lower() == wanted
            for word in value.split(",")]


def passed_on(fields):
    """Less what is the connection's, what frames, and what no Location may be."""
    gone = HOP | FRAMING | ({word.lower() for word in listed(fields, "connection")} - FRAMING)
    return [(name, value) for name, value in fields if name.lower() not in gone
            and not (name.lower() in LOCATIONS and "\t" in value)]


def chunks(data, strict):
    """(body, whether it is whole)."""
    body, total = b"", 0
    while match := (PLAIN_SIZE if strict else SIZE).match(data):
        size, data = int(match[1], 16), data[match.end():]
        total += size
        if total >= 1 << 63:
            break
        if size == 0:
            while match := TRAILER.match(data):
                data = data[match.end():]
            return body, data.startswith(b"\r\n")
        body += data[:size]
        if data[size:size + 2] != b"\r\n":
            break
        data = data[size + 2:]
    return body, False


def framing(fields):
    """(length, chunked, whether it is said once), or None."""
    lengths, codings = listed(fields, "content-length"), listed(fields, "transfer-encoding")
    if any(not re.fullmatch("[0-9]{1,19}", length) for length in lengths):
        return None
    numbers = {int(length) for length in lengths}
    if len(numbers) > 1 or any(number >= 1 << 63 for number in numbers):
        return None
    if any(coding.lower() != "chunked" for coding in codings):
        return None
    return (numbers.pop() if numbers else None), bool(codings), len(lengths) + len(codings) < 2


def verdict(data, method, version="1.1", strict=False):
    interims = []
    while True:
        found = head(data)
        if found is None or found[0] == 101:
            return Verdict(502, interims)
        status, reason, fields, data, mended = found
        if strict and mended:
            return Verdict(502, interims)
        if status >= 200:
            break
        if status != 100 and version == "1.1":
            interims.append((status, passed_on(fields)))
    said = framing(fields)
    if said is None:
        return Verdict(502, interims)
    length, chunked, once = said
    if strict and not once:
        return Verdict(502, interims)
    body, whole = data, True
    if method == "HEAD" or status in (204, 304):
        body = b""
    elif chunked:
        body, whole = chunks(data, strict)
    elif length is not None:
        body, whole = data[:length], len(data) >= length
    return Verdict(status, interims, reason, passed_on(fields), body, whole)
