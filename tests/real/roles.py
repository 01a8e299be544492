#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles that real tests give to processes of their own: roles.py ROLE ...

A role is told JSON lines on its standard input and tells JSON lines; it ends
when its input ends.
"""

import asyncio
import hashlib
import json
import resource
import socket
import sys
import time


def tell(*words):
    print(json.dumps(words), flush=True)


def told():
    for line in sys.stdin:
        yield json.loads(line)


def raise_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# --- idle PORT: keep-alive clients that say nothing more --------------------


def exchange(sock, number):
    """One request and its answer; True when that is whole and right."""
    sock.sendall(b"GET /1k?%d HTTP/1.1\r\nHost: h.test\r\n\r\n" % number)
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            return False
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        return False
    while len(body) < 1024:
        part = sock.recv(65536)
        if not part:
            return False
        body += part
    return len(body) == 1024 and b"connection: close" not in head.lower()


def try_exchange(sock, number):
    try:
        return exchange(sock, number)
    except OSError:
        return False


def idle_open(port, count):
    socks = []
    good = 0
    for number in range(count):
        sock = socket.create_connection(("127.0.0.1", port), 20)
        good += try_exchange(sock, number)
        socks.append(sock)
    return socks, good


def role_idle(port):
    """open N | ask | close: the answer is how many exchanges were good."""
    raise_descriptors()
    socks = []
    for words in told():
        if words[0] == "open":
            socks, good = idle_open(int(port), words[1])
            tell(good)
        elif words[0] == "ask":
            tell(sum(try_exchange(sock, n) for n, sock in enumerate(socks)))
        elif words[0] == "close":
            for sock in socks:
                sock.close()
            tell(len(socks))
            socks = []


# --- slow PORT COUNT: a byte of a head each second --------------------------


async def dribble(writer):
    head = b"GET / HTTP/1.1\r\nHost: h.test\r\nX-Slow: "
    try:
        for i in range(600):
            writer.write(head[i:i + 1] or b"x")
            await asyncio.sleep(1)
    except OSError:
        pass


async def slow_client(port, wait):
    await asyncio.sleep(wait)
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.ensure_future(dribble(writer))
    try:
        answer = await reader.read(65536)
        took = time.monotonic() - begin
    except OSError as error:
        return time.monotonic() - begin, repr(error)
    finally:
        sending.cancel()
        writer.close()
    return took, answer[:12].decode("latin-1")


async def slow_clients(port, count):
    tasks = [slow_client(port, n / count) for n in range(count)]
    return await asyncio.gather(*tasks)


def role_slow(port, count):
    """Tells [seconds until cut, first bytes of the answer] of each client."""
    raise_descriptors()
    for _ in told():
        tell(asyncio.run(slow_clients(int(port), int(count))))


# --- sink PORT: a server that tells the checksum of what it was sent --------


async def sink_body(reader, fields, digest):
    if b"content-length" in fields:
        left = int(fields[b"content-length"])
        while left:
            part = await reader.read(min(left, 1 << 18))
            if not part:
                raise EOFError
            digest.update(part)
            left -= len(part)
    elif b"transfer-encoding" in fields:
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            digest.update(await reader.readexactly(size))
            await reader.readline()
            if size == 0:
                return


async def sink_request(reader, writer):
    line = await reader.readline()
    if not line:
        return False
    fields = {}
    while (raw := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = raw.partition(b":")
        fields[name.lower()] = value.strip()
    digest = hashlib.sha256()
    await sink_body(reader, fields, digest)
    how = b"chunked" if b"transfer-encoding" in fields else b"length"
    body = b"%s %s %s\n" % (line.split()[0], digest.hexdigest().encode(), how)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    await writer.drain()
    return True


async def sink_connection(reader, writer):
    try:
        while await sink_request(reader, writer):
            pass
    except (OSError, EOFError, ValueError):
        pass
    finally:
        writer.close()


def role_sink(port):
    """Serves until it is killed."""
    async def serve():
        server = await asyncio.start_server(
            sink_connection, "127.0.0.1", int(port), backlog=512, limit=1 << 20)
        await server.serve_forever()
    asyncio.run(serve())


# --- server PORT NUMBER, crowd PORT FIRST LAST COUNT: see shared.py ----------


def role_server(port, number):
    """Serves; tells its report for each line that it is told."""
    from shared import Server
    server = Server(int(number))

    async def serve():
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, lambda: asked(loop))
        listening = await asyncio.start_server(
            server.connection, "127.0.0.1", int(port), backlog=512)
        await listening.serve_forever()

    def asked(loop):
        if not sys.stdin.readline():
            loop.stop()
        else:
            tell(*server.report())

    asyncio.run(serve())


def role_crowd(port, first, last, count):
    from shared import Crowd
    for _ in told():
        tell(*asyncio.run(Crowd(int(port), int(first), int(last), int(count)).run()))


# --- tls CA: see tls_clients.py -----------------------------------------------


def role_tls(ca):
    """A method of Crowd and its arguments; tells its value."""
    from tls_clients import Crowd
    raise_descriptors()
    crowd = Crowd(ca)
    for method, *args in told():
        tell(getattr(crowd, method)(*args))


if __name__ == "__main__":
    try:
        globals()["role_" + sys.argv[1]](*sys.argv[2:])
    except KeyboardInterrupt:
        pass
