# SPDX-License-Identifier: GPL-3.0-or-later
"""The two roles of test_real_shared.py: unruly clients, unruly back-ends.

Every exchange has a name, CLIENT.CONNECTION.NUMBER, that goes as a cookie and
is repeated all through both bodies: a byte that comes from another exchange
is seen, whoever sees it.  What both sides do at random follows a seed.
"""

import asyncio
import collections
import random
import socket
import struct

LARGEST = 20000


def filling(name, size):
    """size bytes that only this exchange has."""
    word = name + b";"
    return (word * (size // len(word) + 1))[:size]


async def read_head(reader):
    """(start line, {name: value}) or None at the end."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    start, *lines = raw[:-4].split(b"\r\n")
    fields = {}
    for line in lines:
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    return start, fields


async def read_chunks(reader):
    body = bytearray()
    while True:
        size = int(await reader.readuntil(b"\r\n"), 16)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise ValueError("no end of a chunk")
        if size == 0:
            return bytes(body)


async def read_body(reader, fields, until_close=False):
    if b"transfer-encoding" in fields:
        return await read_chunks(reader)
    if b"content-length" in fields:
        return await reader.readexactly(int(fields[b"content-length"]))
    return await reader.read() if until_close else b""


def framed(dice, body):
    """(field line, body as sent), by length or in chunks."""
    if dice.random() < 0.6:
        return b"Content-Length: %d\r\n" % len(body), body
    cut = dice.randrange(len(body) + 1)
    parts = [part for part in (body[:cut], body[cut:]) if part]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"Transfer-Encoding: chunked\r\n", sent + b"0\r\n\r\n"


def drop(writer, reset):
    """Close without a word, by FIN or by RST."""
    sock = writer.get_extra_info("socket")
    if reset and sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Ending(Exception):
    """The connection is over, by our own will."""


# --- The back-end -----------------------------------------------------------


class Server:
    """Serves, and tells what it has done and seen when asked."""

    def __init__(self, number):
        self.dice = random.Random(1000 + number)
        self.number = number
        self.count = collections.Counter()
        self.violations = []
        self.posts = []
        self.connections = 0

    async def connection(self, reader, writer):
        self.connections += 1
        state = {"name": b"%d.%d" % (self.number, self.connections), "owner": None}
        try:
            while await self.request(reader, writer, state):
                pass
        except (OSError, EOFError, Ending):
            pass
        except Exception as error:
            self.violations.append("back-end: %r" % error)
        finally:
            writer.close()

    async def request(self, reader, writer, state):
        head = await read_head(reader)
        if head is None:
            return False
        start, fields = head
        name = fields[b"cookie"].partition(b"=")[2]
        self.judge_head(start, fields, name, state)
        calm = b"x-calm" in fields
        deed = "answer" if calm else self.deed()
        if deed == "early" and start.startswith(b"POST"):
            await self.answer(writer, name, state, "answer")
            await self.take_body(reader, start, fields, name)
            return True
        await self.take_body(reader, start, fields, name)
        if deed == "slow":
            await asyncio.sleep(self.dice.random() * 0.03)
        await self.answer(writer, name, state, deed)
        return True

    def deed(self):
        number = self.dice.random()
        for deed, share in (("silent", .02), ("cut", .02), ("close", .03), ("leave", .03),
                            ("until", .02), ("early", .05), ("hints", .01), ("slow", .1)):
            if number < share:
                return deed
            number -= share
        return "answer"

    def judge_head(self, start, fields, name, state):
        """The head is of one piece, and no NTLM connection is shared."""
        client = name.rpartition(b".")[0]
        if start.split()[1] != b"/" + name or fields.get(b"x-name") != name:
            self.violations.append("mixed head: %r %r" % (start, fields))
        if state["owner"] not in (None, client):
            self.violations.append("NTLM connection of %r used by %r" % (state["owner"], name))
        if fields.get(b"authorization", b"").startswith(b"NTLM"):
            state["owner"] = client

    async def take_body(self, reader, start, fields, name):
        body = await read_body(reader, fields)
        if body != filling(name, int(fields[b"x-size"])):
            self.violations.append("body of %r is %r..." % (name, body[:80]))
        self.count["requests"] += 1
        if start.startswith(b"POST"):
            self.posts.append(name.decode())

    async def answer(self, writer, name, state, deed):
        self.count[deed] += 1
        if deed == "silent":
            drop(writer, self.dice.random() < 0.5)
            raise Ending
        body = filling(b"answer " + name, self.dice.randrange(LARGEST))
        field, sent = framed(self.dice, body)
        if deed == "until":
            field, sent = b"", body
        if deed in ("close", "until"):
            field += b"Connection: close\r\n"
        if deed == "hints":
            writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Name: %s\r\n\r\n" % name)
        writer.write(b"HTTP/1.1 200 OK\r\nX-Name: %s\r\nX-Size: %d\r\nX-Conn: %s\r\n%s\r\n" % (
            name, len(body), state["name"], field))
        if deed == "cut":
            writer.write(sent[:self.dice.randrange(len(sent))] if sent else b"")
            await writer.drain()
            drop(writer, False)
            raise Ending
        writer.write(sent)
        await writer.drain()
        if deed in ("close", "until", "leave"):
            writer.close()
            raise Ending

    def report(self):
        return dict(self.count), self.violations, self.posts


# --- The client -------------------------------------------------------------


class Crowd:
    """Clients first..last, until together they had count good exchanges."""

    def __init__(self, port, first, last, count):
        self.port, self.range, self.left = port, (first, last), count
        self.count = collections.Counter()
        self.violations = []

    async def run(self):
        await asyncio.gather(*[self.client(n) for n in range(*self.range)])
        return dict(self.count), self.violations

    async def client(self, number):
        """Every fourth one logs in by NTLM and behaves."""
        dice = random.Random(number)
        connection = 0
        while self.left > 0 and not self.violations:
            connection += 1
            one = Connection(self, dice, b"c%d.%d" % (number, connection), number % 4 == 0)
            try:
                await one.live(self.port)
            except (OSError, EOFError):
                self.count["cut"] += 1
            except Ending:
                self.count["aborted"] += 1
            except Exception as error:
                self.violations.append("client: %r" % error)
            finally:
                one.end()


class Connection:
    """One connection of a client."""

    def __init__(self, crowd, dice, name, ntlm):
        self.crowd, self.dice, self.name, self.ntlm = crowd, dice, name, ntlm
        self.number = 0
        self.writer = None
        self.conn = None  # of the back-end, when it must not change

    async def live(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(self.dice.randrange(1, 50)):
            if self.crowd.left <= 0 or not await self.act():
                return

    def end(self):
        if self.writer:
            self.writer.close()

    async def act(self):
        fate = 1 if self.ntlm else self.dice.random()
        if fate < 0.01:
            request, _ = self.make()
            self.writer.write(request[:self.dice.randrange(len(request))])
            await self.writer.drain()
            self.leave()
        if fate < 0.03:
            self.writer.write(self.make()[0])
            await self.reader.read(self.dice.randrange(1, 5000))
            self.leave()
        names = []
        for _ in range(self.dice.randrange(2, 5) if fate < 0.06 else 1):
            request, name = self.make(only_get=fate < 0.06)
            self.writer.write(request)
            names.append(name)
        for name in names:
            if not await asyncio.wait_for(self.take(name), 60):
                return False
        return True

    def leave(self):
        drop(self.writer, self.dice.random() < 0.5)
        raise Ending

    def make(self, only_get=False):
        """A request and its name."""
        self.number += 1
        name = b"%s.%d" % (self.name, self.number)
        post = not only_get and self.dice.random() < 0.4
        body = filling(name, self.dice.randrange(LARGEST) if post else 0)
        field, sent = framed(self.dice, body) if post else (b"", b"")
        if self.ntlm:
            field += b"X-Calm: 1\r\n"
            if self.number == 1:
                field += b"Authorization: NTLM TlRMTVNTUAABAAAA\r\n"
        head = b"%s /%s HTTP/1.1\r\nHost: h.test\r\nX-Name: %s\r\nCookie: id=%s\r\n" % (
            b"POST" if post else b"GET", name, name, name)
        return head + b"X-Size: %d\r\n%s\r\n" % (len(body), field) + sent, name

    async def take(self, name):
        """The answer to name: False if the connection ends with it."""
        start, fields = await read_head(self.reader) or (b"", {})
        while start.startswith(b"HTTP/1.1 1"):
            self.belongs(fields, name)
            start, fields = await read_head(self.reader) or (b"", {})
        if not start:
            raise EOFError
        last = fields.get(b"connection", b"").lower() == b"close"
        body = await read_body(self.reader, fields, last)
        if not start.startswith(b"HTTP/1.1 200 "):
            self.crowd.count["refused " + start[9:12].decode()] += 1
            return not last
        self.belongs(fields, name)
        if body != filling(b"answer " + name, int(fields[b"x-size"])):
            self.wrong("%r got the body %r..." % (name, body[:80]))
        self.stays(fields)
        self.crowd.count["good"] += 1
        self.crowd.left -= 1
        return not last

    def belongs(self, fields, name):
        if fields.get(b"x-name") != name:
            self.wrong("%r got the answer to %r" % (name, fields.get(b"x-name")))

    def stays(self, fields):
        """After NTLM one client connection has one back-end connection."""
        if self.ntlm:
            self.conn = self.conn or fields[b"x-conn"]
            if self.conn != fields[b"x-conn"]:
                self.wrong("%r moved from %r to %r" % (self.name, self.conn, fields[b"x-conn"]))

    def wrong(self, what):
        self.crowd.violations.append(what)
        raise Ending
