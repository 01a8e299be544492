#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a client sends stays inside its line of the log, and inside its
place in that line: every LogLevel, standard error and a socket of syslog; and
what poundctl shows of clients, in each of its forms."""

import base64
import os
import re
import socket
from xml.etree import ElementTree

from harness import *
from lib import openmetrics
from lib.ctl import CONTROL, Ctl
from lib.sessions import KINDS, session

origin = Origin()
LEVELS = [1, 2, 3, 4, 5, 6]
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NASTY = [  # bytes that a field may not have are for the user and the host only
    b'"', b"'", b"|", b"%n%n%s%x", b"%1$s", b"\\", b"\\n", b'" 200 0 "-" "forged', b"\t",
    b"\xff\xfe", b"\xc2\x9b31m", b"\xe2\x80\xae", b"$(id)`id`", b"<b>", b"{}", b"- - [x]",
]
HIDDEN = NASTY + [b"\x1b[2J\x1b]0;x\x07", b"\r\nforged line", b"\x00", b"\x7f", b"\x08\x08"]


@once
def pound():
    """A listener for each level."""
    return Pound(SHORT + "\n".join(
        "LogLevel %d\n%s" % (level, listener(service(backend(origin)), port="level%d" % level))
        for level in LEVELS) + "\n")


def send(port, raw):
    with Client(port) as client:
        return client.send(raw).answer()


def basic(user):
    return b"Authorization: Basic " + base64.b64encode(user + b":secret")


def with_field(name, value):
    return b"GET /field HTTP/1.1\r\nHost: h.test\r\n%s: %s\r\nConnection: close\r\n\r\n" % (
        name, value)


def requests():
    """Each with a word of its own at its end, which the line must show."""
    for text in HIDDEN:
        yield b"GET / HTTP/1.1\r\nHost: h.test\r\n" + basic(b"u" + text) + b"\r\n\r\n"
        yield b"GET /" + text + b" HTTP/1.1\r\nHost: h.test\r\n\r\n"
        yield b"GET / HTTP/1.1\r\nHost: h" + text + b".test\r\n\r\n"
        for name in (b"Referer", b"User-Agent"):
            yield with_field(name, b"v" + text + b"w")
    yield b"\x1b[31mGET / HTTP/1.1\r\nHost: h.test\r\n\r\n"
    yield b"GET / HTTP/1.1\x1b\r\nHost: h.test\r\n\r\n"
    yield b"G\"|\x07 / HTTP/1.1\r\nHost: h.test\r\n\r\n"


def harmless(line, level):
    assert not CONTROLS.search(line), "a control byte: %r" % line
    assert not line.startswith("forged"), "a line of the client's: %r" % line
    if level == 6:
        fields = line.count("|")
        assert fields == harmless.bars, "%d bars, not %d: %r" % (fields, harmless.bars, line)
    elif level >= 3:
        quotes = len(re.findall(r'(?<!\\)"', line))
        assert quotes == 6, "%d quotes that are not escaped: %r" % (quotes, line)


def access_lines(lines):
    """Without those that tell of an error, which all levels have alike."""
    return [line for line in lines if not re.match(r"\([0-9a-f]{16}\) ", line)]


def test_every_level():
    def level_of(level):
        port, mark = pound().ports["level%d" % level], pound().mark()
        count = 0
        send(port, b"GET /first HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n")
        first = pound().wait_log("/first", mark)[0]
        harmless.bars = first.count("|")
        for raw in requests():
            send(port, raw)
            count += 1
        send(port, b"GET /last HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n")
        pound().wait_log("/last", mark)
        lines = pound().since(mark)
        assert len(lines) >= count // 2, len(lines)
        for line in lines:
            harmless(line, level if line in access_lines([line]) else 0)
        origin.take()
    each([(level,) for level in LEVELS], level_of)


def test_secrets_are_not_logged():
    assert not [line for line in pound().log if "secret" in line]


def test_not_lost():
    """Escaped, not left out: what came can be read back."""
    mark = pound().mark()
    send(pound().ports["level3"], with_field(b"User-Agent", b'a"b\\c|d%n'))
    line = pound().wait_log("/field", mark)[0]
    assert "%n" in line and "|d" in line, line
    send(pound().ports["level3"], b"GET /b HTTP/1.1\r\nHost: h.test\r\n" + basic(b"x\x1by") + b"\r\n\r\n")
    line = pound().wait_log("GET /b ", mark)[0]
    assert re.search(r"x\\\w+y", line), line


def test_reason_behind_a_long_request():
    """What is wrong stands in the line, however long the request is."""
    front = Pound(simple(origin, "LogLevel 0", 'MaxURI 60k\nMaxField 60k\nCheckURL "^/(a+)+$"'))
    for byte in (b"a", b"\x80"):
        mark = front.mark()
        answer = send(front.port, b"GET /" + b"a" * 30000 + byte * 8000 + b"! HTTP/1.1\r\nHost: "
                      + b"h" * 20000 + b"\r\n\r\n")
        equal(answer.status, 500)
        line = front.wait_log("e500", mark)[0]
        assert re.search(r"CheckURL in .*pound\.cfg line \d+: ", line), line[-300:]
    front.stop()


def collect(sock, word):
    """Datagrams until one has the word."""
    lines = []
    while not lines or word not in lines[-1]:
        lines.append(sock.recv(65536).decode("utf-8", "surrogateescape"))
    return lines


def test_syslog():
    """One datagram a line, each with the head that we give it."""
    front = Pound("LogFacility local3\n" + simple(origin, "LogLevel 5"), mode="-F", wait=None)
    path = os.path.join(front.folder, "log")
    front.env["POUND_SYSLOG_SOCKET"] = path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
        sink.bind(path)
        sink.settimeout(8 * SLOW)
        front.start()
        lines, count = [], 0
        for raw in requests():
            send(front.port, raw)
            count += 1
            if count % 5 == 0:  # before the socket is full
                mark = b"/mark%d" % count
                send(front.port, b"GET %s HTTP/1.1\r\nHost: h.test\r\n\r\n" % mark)
                lines += collect(sink, mark.decode())
        front.stop()
    assert len(lines) > count // 2, len(lines)
    for line in lines:
        head = re.match(r"<\d+>.*?pound(\[\d+\])?: ", line)
        assert head, line
        told = line[head.end():]
        harmless(told, 5 if access_lines([told]) and re.search(r'" [0-9]{3} ', told) else 0)
    origin.take()


def with_key(kind, key):
    """A request whose session key is key, as far as that kind lets it be."""
    target, field, coded = b"/", b"", b"".join(b"%%%02x" % byte for byte in key)
    if kind == "URL":
        target = b"/?a=b&sid=" + coded
    elif kind == "PARM":
        target = b"/;" + coded.replace(b"%00", b"")
    elif kind == "BASIC":
        field = basic(key.replace(b":", b"")) + b"\r\n"
    elif kind == "COOKIE":
        field = b"Cookie: sid=" + key + b"\r\n"
    elif kind == "HEADER":
        field = b"X-Session: " + key + b"\r\n"
    return b"GET %s HTTP/1.1\r\nHost: h.test\r\n%s\r\n" % (target, field)


def harmless_text(out, newline="\n"):
    """ASCII without controls, tabs and escapes; no line that a client wrote."""
    bad = re.search("[^\x20-\x7e%s]" % newline, out)
    assert not bad, "%r in %r" % (bad.group(), out[max(bad.start() - 40, 0):bad.end() + 20])
    assert not [line for line in out.splitlines() if line.lstrip().startswith("forged")], out


def keys_in(text):
    return re.findall(r"Session (.*) -> \d+$", text, re.M)


def test_poundctl():
    """Keys of sessions are what clients say; each form shows the same ones."""
    config = CONTROL + SHORT + "".join(
        listener(service(backend(origin), session(kind)), port=kind.lower()) + "\n" for kind in KINDS)
    front = Pound(config)
    ctl = Ctl(front)
    for kind in KINDS:
        for number, text in enumerate(HIDDEN):
            send(front.ports[kind.lower()], with_key(kind, b"k%d" % number + text + b"z"))
    origin.take()
    tree, text, xml = ctl.json(), ctl.good(), ElementTree.fromstring(ctl.good("-X"))
    found = [[key["key"] for one in place["services"] for key in one["sessions"]]
             for place in tree["listeners"]]
    assert all(len(keys) > len(NASTY) // 2 for keys in found[1:]), found
    shown = sorted(key for keys in found for key in keys)
    equal(sorted(keys_in(text)), shown)
    equal(sorted(one.attrib["key"] for one in xml.iter("session")), shown)
    assert any("x1b" in key for key in shown) and any("x0d" in key for key in shown), shown
    for words in ([], ["-v"], ["-H"], ["list", "-v"], ["-X"], ["json"], ["metrics"], ["top"]):
        harmless_text(ctl.good(*words))
    openmetrics.parse(ctl.good("metrics"))
    for key in [line for line in HIDDEN if b"\0" not in line]:
        code, out, err = ctl("-n", 1, 0, key.decode("latin-1"))
        assert code in (1, 2), (key, code)
        harmless_text(out + err)
    for key in shown:  # what is shown can be given back
        kind = [n for n, keys in enumerate(found) if key in keys][0]
        ctl.good("-n", kind, 0, key)
        found[kind].remove(key)
    equal(keys_in(ctl.good()), [])
    front.stop()


main()
