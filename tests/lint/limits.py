# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of limits in SECURITY.md says what the program has.

FACTS says where in src each number stands; CELLS what is made of it in the
column of defaults. A row without a place here is a finding, and the reverse.
"""

import os
import re

from source import Finding, line_of, read

TABLE = "SECURITY.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
DEFINE = r"^#define %s (.+?)(?:\s*/\*.*)?$"
FACTS = {  # name: (file, what stands before the number; None: a #define)
    "BUFFER_MIN": ("src/conf/read_global.c", None),
    "HEAD_DEFAULT": ("src/conf/read_global.c", None),
    "max_fields": ("src/conf/read_global.c", r"\.max_fields = (\d+),"),
    "client": ("src/conf/read_global.c", r"\.client_ms = (\d+) \* SECOND"),
    "timeout": ("src/conf/read_global.c", r"\.timeout_ms = (\d+) \* SECOND"),
    "connect": ("src/conf/read_global.c", r"\.connect_ms = (\d+) \* SECOND"),
    "websocket": ("src/conf/read_global.c", r"\.websocket_ms = (\d+) \* SECOND"),
    "keep_max": ("src/conf/read_backend.c", r"be->keep_max = (\d+);"),
    "keep_ms": ("src/conf/read_backend.c", r"be->keep_ms = (\d+);"),
    "BLANK_LINES_MAX": ("src/http/head.c", None),
    "METHOD_MAX_LEN": ("src/http/head.c", None),
    "SIZE_DIGITS_MAX": ("src/http/chunked.c", None),
    "CHUNKED_EXTENSION_MAX": ("src/http/chunked.h", None),
    "CHUNKED_TRAILER_MAX": ("src/http/chunked.h", None),
    "CHUNKED_TRAILERS_MAX": ("src/http/chunked.h", None),
    "CLIENT_DISCARD_MAX": ("src/proxy/client.h", None),
    "ANSWER_INTERIMS_MAX": ("src/proxy/answer.c", None),
    "HANDSHAKE_FLIGHTS": ("src/proxy/handshake.c", None),
    "SESSIONS_MAX": ("src/net/tls_server.c", None),
    "SESSION_S": ("src/net/tls_server.c", None),
    "RESUME_SETS": ("src/net/resume.h", None),
    "RESUME_SET": ("src/net/resume.h", None),
    "TURN_BYTES": ("src/proxy/client.c", None),
    "TURN_EXCHANGES": ("src/proxy/client.c", None),
    "LINGER_MS": ("src/proxy/client.c", None),
    "LINGER_BYTES": ("src/proxy/client.c", None),
    "QUEUE_FACTOR": ("src/live/backend.c", None),
    "MAX_SESSIONS": ("src/conf/read_service.c", None),
    "SESSION_BYTES_MAX": ("src/live/session.h", None),
    "SESSION_KEY_EXACT": ("src/live/session.h", None),
    "STICKY_MAX": ("src/route/sticky.h", None),
    "NAMES_PATIENCE_MS": ("src/live/names.h", None),
    "NAMES_FLYING_MAX": ("src/live/names.h", None),
    "NAMES_ASKED_MAX": ("src/live/names.h", None),
    "NAMES_MAX": ("src/live/names.h", None),
    "NAMES_KEEP_MS": ("src/live/names.h", None),
    "CTLSERVER_PATIENCE_MS": ("src/control/ctlserver.h", None),
    "MATCH_LIMIT": ("src/base/pattern.c", None),
    "LIMIT_A_SECOND": ("src/base/log.c", None),
    "LOG_LINE_MAX": ("src/base/log.h", None),
}
CELLS = {  # first column: default, with numbers as {FACT:unit}
    "clients at one time": "half of the descriptors, less a reserve",
    "empty lines before a request": "{BLANK_LINES_MAX}",
    "a method": "{METHOD_MAX_LEN} bytes",
    "request target": "{BUFFER_MIN:bytes}",
    "one field": "{BUFFER_MIN:bytes}",
    "head of a request": "{HEAD_DEFAULT:bytes}",
    "fields of a request": "{max_fields}",
    "body of a request": "none; nothing is collected",
    "such a body that is not passed on": "{CLIENT_DISCARD_MAX:bytes}",
    "head of an answer": "as above",
    "chunk size": "{SIZE_DIGITS_MAX} hexadecimal digits, below 2^63",
    "chunk extensions of a message": "{CHUNKED_EXTENSION_MAX:bytes}",
    "trailer section": "{CHUNKED_TRAILERS_MAX} fields, {CHUNKED_TRAILER_MAX:bytes}",
    "interim answers to a request": "{ANSWER_INTERIMS_MAX}",
    "time for a TLS handshake":
        "{client} s in all; with `ClientCert` per flight, {HANDSHAKE_FLIGHTS} of them",
    "TLS sessions of a listener that clients name by an id": "{SESSIONS_MAX}, for {SESSION_S} s",
    "TLS sessions with a back-end": "{RESUME_SETS} times {RESUME_SET} names",
    "time for a head": "{client} s in all",
    "silence between requests": "{client} s",
    "silence within a body": "{client} s",
    "rate of a body": "off",
    "client takes nothing": "{client} s",
    "connecting to a back-end": "{connect} s",
    "back-end takes or sends nothing": "{timeout} s",
    "silence on a WebSocket": "{websocket} s",
    "connections to a back-end": "none",
    "requests waiting for one": "{QUEUE_FACTOR} times `MaxConn`, `ConnTO`",
    "kept connections to a back-end": "{keep_max} a thread, {keep_ms:s}",
    "work on one connection at a time": "{TURN_BYTES:bytes}, {TURN_EXCHANGES} requests",
    "reading on after an error reply": "{LINGER_MS:s}, {LINGER_BYTES:bytes}",
    "sessions of a service": "{MAX_SESSIONS}",
    "a session key": "{STICKY_MAX:bytes}; over {SESSION_KEY_EXACT} bytes two keyed SipHash values "
        "are kept",
    "names in answers (`RewriteLocation`)": "{NAMES_PATIENCE_MS:s}; {NAMES_FLYING_MAX} looked up "
        "at a time, {NAMES_ASKED_MAX} wait, {NAMES_MAX} remembered for {NAMES_KEEP_MS:min}",
    "command and answer of poundctl": "{CTLSERVER_PATIENCE_MS:s} without progress",
    "steps of a pattern": "{MATCH_LIMIT}",
    "diagnostics of one kind": "{LIMIT_A_SECOND} a second from one listener",
    "a line of the log": "{LOG_LINE_MAX:bytes}",
}
DIRECTIVES = {  # that the second column of a row must name
    "MaxSessions": "{SESSION_BYTES_MAX:bytes}",
}


def number(root, name):
    path, before = FACTS[name]
    found = re.search(before or DEFINE % name, read(root, path), re.M)
    if not found:
        return None
    value = 1
    for factor in re.findall(r"\d+", re.sub(r"\(\w+\)\(?|[()]", " ", found.group(1))):
        value *= int(factor)
    return value


def written(value, unit):
    if unit == "bytes":
        return "%d MiB" % (value >> 20) if value >= 1 << 20 else "%d KiB" % (value >> 10)
    if unit == "s":
        return "%d s" % (value // 1000)
    if unit == "min":
        return "%d min" % (value // 60000)
    return "{:,}".format(value)


def cell(root, form):
    """The cell that the sources ask for; what is not found is left."""
    def fill(match):
        value = number(root, match.group(1))
        return match.group(0) if value is None else written(value, match.group(2))
    return re.sub(r"\{(\w+)(?::(\w+))?\}", fill, form)


def findings(root, _):
    if not os.path.exists(os.path.join(root, TABLE)):
        return
    text = read(root, TABLE)
    begin = text.find("\n## Limits\n")
    end = text.find("\n## ", begin + 1)
    seen = set()
    for row in ROW.finditer(text, begin, end):
        what, directive, default = (part.strip() for part in row.groups()[:3])
        if what == "what" or set(what) == {"-"}:
            continue
        line = line_of(text, row.start())
        seen.add(what)
        if what not in CELLS:
            yield Finding(TABLE, line, "tests/lint/limits.py does not know %r" % what)
        elif default != cell(root, CELLS[what]):
            yield Finding(TABLE, line, "%s: %r, but the program has %r"
                          % (what, default, cell(root, CELLS[what])))
        for name, form in DIRECTIVES.items():
            if "`%s`" % name in directive and cell(root, form) not in directive:
                yield Finding(TABLE, line, "%s: not %r" % (what, cell(root, form)))
    for what in CELLS:
        if what not in seen:
            yield Finding(TABLE, 1, "the table of limits has no row %r" % what)
