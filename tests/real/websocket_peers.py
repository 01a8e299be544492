#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of WebSockets by python3-websockets, as a process of its own:

    websocket_peers.py server PORT [CERT]
    websocket_peers.py client URL [CERT]

The server does what the path says; the client plays all its games against it and tells
each as a JSON line [name, what went wrong or ""].
"""

import asyncio
import hashlib
import json
import random
import ssl
import sys
import traceback

import websockets

SIZES = (0, 1, 124, 125, 126, 127, 4096, 65534, 65535, 65536, 65537, 1 << 20)
CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
RESERVED = (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)  # opcodes that nobody may send
LIMIT = 1 << 24


# --- server ------------------------------------------------------------------


async def echo(ws):
    async for message in ws:
        await ws.send(message)


async def digests(ws):
    """Answers each message with its kind, size and checksum."""
    async for message in ws:
        kind = "text" if isinstance(message, str) else "binary"
        data = message.encode() if isinstance(message, str) else message
        await ws.send("%s %d %s" % (kind, len(data), hashlib.sha256(data).hexdigest()))


async def pieces(ws):
    """A text and a binary message in fragments of growing size."""
    async for _ in ws:
        await ws.send("x" * size for size in (1, 125, 126, 65535, 65536))
        await ws.send(bytes([7]) * size for size in (1, 125, 126, 65535, 65536))


async def closes(ws, code):
    await ws.close(int(code), "because %s" % code)


async def pings(ws):
    for i in range(5):
        await (await ws.ping(b"ping %d" % i))
    await ws.send("5 pongs")


async def half(ws):
    """Three messages, and then the end of this direction without a closing handshake."""
    for i in range(3):
        await ws.send("message %d" % i)
    end_direction(ws.transport)
    await ws.wait_closed()


def end_direction(transport):
    """asyncio ends both directions of TLS at once; what was written goes out first."""
    if transport.can_write_eof():
        transport.write_eof()
    else:
        transport.close()


async def spoiled(ws):
    """The client will send what must not be sent."""
    try:
        await ws.recv()
    except websockets.ConnectionClosedError:
        pass


async def closed_with(ws):
    """Remembers how the client closed; path /how tells the last one."""
    try:
        async for _ in ws:
            pass
    except websockets.ConnectionClosedError:
        pass  # a code that means a mistake
    last["how"] = [ws.close_code, ws.close_reason]


async def collects(ws):
    """Remembers what came before the end of the other direction."""
    got = []
    try:
        async for message in ws:
            got.append(message)
    except websockets.ConnectionClosedError:
        pass
    last["how"] = got


async def how(ws):
    await ws.send(json.dumps(last.pop("how", None)))


PLAYS = {play.__name__: play for play in (
    echo, digests, pieces, closes, pings, closed_with, half, spoiled, collects, how)}
last = {}


async def serve_one(ws, path=None):
    words = ws.path.strip("/").split("/")
    await PLAYS[words[0]](ws, *words[1:])


async def server(port, cert=None):
    context = None
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert)
    async with websockets.serve(serve_one, "127.0.0.1", int(port), ssl=context, max_size=LIMIT,
                                subprotocols=["chat", "superchat"], backlog=512):
        await asyncio.Future()


# --- client ------------------------------------------------------------------


class Games:
    def __init__(self, url, cert=None):
        self.url = url
        self.context = None
        if cert:
            self.context = ssl.create_default_context(cafile=cert)
            self.context.check_hostname = False

    def connect(self, path, **more):
        return websockets.connect(self.url + path, ssl=self.context, max_size=LIMIT,
                                  open_timeout=60, **more)

    async def game_text_and_binary(self):
        """Every size, each as text and as bytes, comes back as it was."""
        noise = random.Random(1)
        async with self.connect("/echo") as ws:
            for size in SIZES:
                for message in ("a" * size, noise.randbytes(size), "\u20ac" * (size // 3)):
                    await ws.send(message)
                    assert await ws.recv() == message, size

    async def game_without_compression(self):
        noise = random.Random(2)
        async with self.connect("/digests", compression=None) as ws:
            assert not ws.extensions, ws.extensions
            for size in SIZES:
                data = noise.randbytes(size)
                await ws.send(data)
                want = "binary %d %s" % (size, hashlib.sha256(data).hexdigest())
                assert await ws.recv() == want, size

    async def game_compression(self):
        """permessage-deflate is agreed on by the ends; we see only bytes."""
        async with self.connect("/digests", compression="deflate") as ws:
            assert ws.extensions, "no extension"
            for size in SIZES:
                await ws.send("z" * size)
                assert (await ws.recv()).startswith("text %d " % size)

    async def game_fragments(self):
        async with self.connect("/pieces") as ws:
            await ws.send("go")
            whole = 1 + 125 + 126 + 65535 + 65536
            assert await ws.recv() == "x" * whole
            assert await ws.recv() == bytes([7]) * whole
        async with self.connect("/digests") as ws:
            await ws.send(["one", "", "two", "x" * 70000])
            assert (await ws.recv()).startswith("text 70006 ")

    async def game_pings(self):
        async with self.connect("/echo", ping_interval=None) as ws:
            for data in (b"", b"x", b"y" * 125):
                await asyncio.wait_for(await ws.ping(data), 60)
            waiter = await ws.ping()
            await ws.pong(b"nobody asked")
            await asyncio.wait_for(waiter, 60)
            await ws.send("still here")
            assert await ws.recv() == "still here"
        async with self.connect("/pings") as ws:
            assert await asyncio.wait_for(ws.recv(), 60) == "5 pongs"

    async def game_server_closes(self):
        for code in CODES:
            async with self.connect("/closes/%d" % code) as ws:
                try:
                    await ws.recv()
                    assert False, "a message instead of a close"
                except websockets.ConnectionClosed as closed:
                    assert closed.rcvd.code == code, closed.rcvd
                    assert closed.rcvd.reason == "because %d" % code, closed.rcvd

    async def game_client_closes(self):
        for code in CODES:
            ws = await self.connect("/closed_with")
            await ws.close(code, "reason %d" % code)
            told = await self.told_how()
            assert told == [code, "reason %d" % code], told

    async def told_how(self):
        """What the server remembers, once it does."""
        for _ in range(100):
            async with self.connect("/how") as asked:
                told = json.loads(await asked.recv())
            if told is not None:
                return told
            await asyncio.sleep(0.02)
        return None

    async def game_server_ends_its_direction(self):
        """All that was sent before the end arrives; then it is an end without a close."""
        async with self.connect("/half") as ws:
            got = [await ws.recv() for _ in range(3)]
            assert got == ["message %d" % i for i in range(3)], got
            try:
                await ws.recv()
                assert False, "a fourth message"
            except websockets.ConnectionClosedError as closed:
                assert closed.rcvd is None, closed.rcvd

    async def game_client_ends_its_direction(self):
        ws = await self.connect("/collects")
        sent = ["a" * size for size in SIZES[:-1]]
        for message in sent:
            await ws.send(message)
        end_direction(ws.transport)
        assert await self.told_how() == sent
        await asyncio.wait_for(ws.wait_closed(), 60)

    async def game_reserved_opcodes(self):
        """They arrive as they are, and what the server says about them comes back."""
        for opcode in RESERVED:
            async with self.connect("/spoiled", compression=None) as ws:
                ws.transport.write(bytes([0x80 | opcode, 0x80, 1, 2, 3, 4]))
                try:
                    await ws.recv()
                    assert False, "an answer to opcode %d" % opcode
                except websockets.ConnectionClosedError as closed:
                    assert closed.rcvd.code == 1002, (opcode, closed.rcvd)

    async def game_subprotocol(self):
        async with self.connect("/echo", subprotocols=["none", "superchat"]) as ws:
            assert ws.subprotocol == "superchat", ws.subprotocol
        async with self.connect("/echo", subprotocols=["none"]) as ws:
            assert ws.subprotocol is None, ws.subprotocol

    async def game_both_at_once(self):
        """Many messages on the way in both directions."""
        noise = random.Random(3)
        sent = [noise.randbytes(noise.choice(SIZES[:-1])) for _ in range(200)]

        async def send(ws):
            for message in sent:
                await ws.send(message)

        async with self.connect("/echo", compression=None) as ws:
            sending = asyncio.ensure_future(send(ws))
            for number, message in enumerate(sent):
                assert await ws.recv() == message, "message %d" % number
            await sending

    async def game_many(self):
        async def one(number):
            async with self.connect("/echo") as ws:
                for i in range(5):
                    await ws.send("%d of %d" % (i, number))
                    assert await ws.recv() == "%d of %d" % (i, number)
        await asyncio.gather(*(one(n) for n in range(200)))

    async def game_no_websocket(self):
        """A refusal of the server arrives as what it is."""
        try:
            async with self.connect("/echo", extra_headers={"Sec-WebSocket-Version": "12"}):
                assert False, "it was accepted"
        except websockets.InvalidStatusCode as refused:
            assert refused.status_code in (400, 426), refused


def client(url, cert=None):
    games = Games(url, cert)
    for name in dir(games):
        if not name.startswith("game_"):
            continue
        wrong = ""
        try:
            asyncio.run(asyncio.wait_for(getattr(games, name)(), 150))
        except Exception:
            wrong = traceback.format_exc(limit=-3)
        print(json.dumps([name[5:], wrong]), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "server":
        asyncio.run(server(*sys.argv[2:]))
    else:
        client(*sys.argv[2:])
