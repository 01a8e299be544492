# SPDX-License-Identifier: GPL-3.0-or-later
"""WebSockets: a back-end that takes every handshake, and both raw ends of a tunnel."""

from lib.client import Client, build
from lib.origin import Origin
from lib.ports import until
from lib.tls import TlsClient, TlsOrigin, cert, client_context, server_context

SHAKE = ["Connection: Upgrade", "Upgrade: websocket",
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
GOOD = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")


class Talk:
    """An Origin that accepts every handshake and then leaves us its sockets."""

    def __init__(self, answer=GOOD, after=None, tls=None):
        self.answer, self.after = answer, after
        self.ready = []
        self.origin = (TlsOrigin(script=self.script, context=server_context(cert("h.test"), tls, tls))
                       if tls else Origin(script=self.script))

    def script(self, conn):
        request = conn.head()
        if request is None:
            return
        conn.request = request
        conn.send(self.answer(request) if callable(self.answer) else self.answer)
        self.ready.append(conn)
        if self.after:
            self.after(conn)


def connect(pound, talk, *more, target="/ws", buffer=None, tls=None):
    """(client, back-end's end), the 101 read; both sides are raw now."""
    count = len(talk.ready)
    client = TlsClient(pound.port, client_context(tls, tls)) if tls else Client(pound.port, buffer=buffer)
    client.send(build("GET", target, SHAKE + list(more), None, "1.1"))
    client.answered = client.head()
    assert client.answered.status == 101, client.answered.start
    until(lambda: len(talk.ready) > count, "handshake at the back-end")
    return client, talk.ready[count]
