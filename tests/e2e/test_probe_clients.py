#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real clients send is served, and arrives as they meant it: strict-http 9.

corpus/requests/clients holds their very bytes (record.py there has recorded
them). What must arrive is computed here, from nothing of Pound: the fields in
their order and spelling, less those of the connection, and ours.
"""

import collections
import glob
import os
import re

from harness import *
from lib.probe import WAYS, Probe, Sees

CLIENTS = os.path.join(CORPUS, "requests", "clients", "*.http")
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
       "http2-settings", "expect", "proxy", "x-forwarded-for"}
ODD = re.compile(r'["<>\\^`{|}\x80-\xff]')


@once
def probe():
    return Probe()


def parse(raw):
    """(start line, fields, body and what follows), of either line end."""
    head, end, body = re.split(rb"(\r\n\r\n|\n\n)", raw, maxsplit=1)
    lines = head.decode("latin-1").split("\r\n" if end == b"\r\n\r\n" else "\n")
    fields = [(name, value.strip(" \t")) for name, _, value in
              (line.partition(":") for line in lines[1:])]
    return lines[0], fields, body


def tokens(fields, name):
    return [word.strip(" \t").lower() for n, v in fields if n.lower() == name
            for word in v.split(",")]


def target(text):
    """In origin form, without the bytes that no URI has."""
    text = re.sub("^https?://[^/?]*", "", text) or "/"
    return ODD.sub(lambda found: "%%%02X" % ord(found[0]), text)


def dechunk(data):
    body, sizes = b"", []
    while True:
        line, _, data = data.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if size == 0:
            return body, sizes
        sizes.append(size)
        body, data = body + data[:size], data[size + 2:]


def meant(raw):
    """What the back-end has to see of it."""
    start, fields, body = parse(raw)
    method, uri, version = start.split(" ")
    gone = HOP | set(tokens(fields, "connection"))
    socket = method == "GET" and "upgrade" in tokens(fields, "connection") \
        and tokens(fields, "upgrade") == ["websocket"]
    seen = [(n, v) for n, v in fields if n.lower() not in gone]
    if socket:
        seen = [("Connection", "Upgrade") if n.lower() == "connection" else (n, v)
                for n, v in fields if n.lower() not in gone - {"connection", "upgrade"}]
    host = [v for n, v in fields if n.lower() == "host"]
    before = [v for n, v in fields if n.lower() == "x-forwarded-for" and v]
    chunks = None
    if tokens(fields, "transfer-encoding"):
        body, chunks = dechunk(body)
    if not host or host == [""]:
        return Sees("%s %s HTTP/1.1" % (method, target(uri)), None, body, chunks=chunks)
    return Sees("%s %s HTTP/1.1" % (method, target(uri)), host[0], body, chunks=chunks,
                fields=seen + [("X-Forwarded-For", ", ".join(before + ["127.0.0.1"]))])


def cases():
    found = []
    for path in sorted(glob.glob(CLIENTS)):
        with open(path, "rb") as file:
            raw = file.read()
        found.append((os.path.basename(path), raw, meant(raw)))
    return found


def test_there_are_enough():
    names = collections.Counter(name.rsplit("-", 1)[0] for name, _, _ in cases())
    assert len(names) >= 30 and sum(names.values()) >= 200, names


def in_every_way(tls):
    probe().run([(case, way, tls) for case in cases() for way in WAYS
                 if way != "bytewise" or len(case[1]) < 600])


def test_served():
    in_every_way(False)


def test_served_over_tls():
    in_every_way(True)


def test_zz_worker_has_lived():
    probe().finish()


main()
