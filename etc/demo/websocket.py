# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of a WebSocket (RFC 6455) that sends back what it is told.

As much of it as an echo needs: text, bytes, fragments, ping and close. A message may have
a mebibyte.
"""

import base64
import hashlib
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMIT = 1 << 20
MORE, TEXT, BYTES, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Wrong(Exception):
    """What a peer must not send; the code of the close that follows."""


def asked_for(headers):
    """Whether a request wants to become a WebSocket."""
    return (headers.get("Upgrade", "").lower() == "websocket"
            and "upgrade" in headers.get("Connection", "").lower()
            and headers.get("Sec-WebSocket-Version") == "13"
            and "Sec-WebSocket-Key" in headers)


def accept(key):
    """The field Sec-WebSocket-Accept for a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def read_frame(stream):
    """(is it the last of its message, opcode, data)"""
    first, second = exactly(stream, 2)
    size = second & 0x7f
    if size == 126:
        size, = struct.unpack("!H", exactly(stream, 2))
    elif size == 127:
        size, = struct.unpack("!Q", exactly(stream, 8))
    if first & 0x70 or not second & 0x80:
        raise Wrong(1002)  # no extension was agreed on, and clients mask
    if size > LIMIT:
        raise Wrong(1009)
    mask = exactly(stream, 4)
    data = bytearray(exactly(stream, size))
    for i in range(4):
        data[i::4] = bytes(byte ^ mask[i] for byte in data[i::4])
    return bool(first & 0x80), first & 0x0f, bytes(data)


def write_frame(stream, opcode, data):
    size = len(data)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    stream.write(head + data)


def messages(rfile, wfile):
    """(opcode, data) of each whole message; pings are answered."""
    kind, parts = None, b""
    while True:
        last, opcode, data = read_frame(rfile)
        if opcode == PING:
            write_frame(wfile, PONG, data)
        elif opcode == CLOSE:
            write_frame(wfile, CLOSE, data[:2])
            return
        elif opcode in (MORE, TEXT, BYTES):
            if (opcode == MORE) != (kind is not None):
                raise Wrong(1002)
            kind = opcode if kind is None else kind
            parts += data
            if len(parts) > LIMIT:
                raise Wrong(1009)
            if last:
                yield kind, parts
                kind, parts = None, b""
        elif opcode != PONG:
            raise Wrong(1002)


def echo(rfile, wfile):
    """Until the client closes."""
    try:
        for opcode, data in messages(rfile, wfile):
            write_frame(wfile, opcode, data)
    except Wrong as wrong:
        write_frame(wfile, CLOSE, struct.pack("!H", wrong.args[0]))
    except (EOFError, OSError):
        pass
