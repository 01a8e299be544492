# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients over TLS, for role_tls of roles.py: each command is a method of Crowd, and
its value goes back."""

import random
import selectors
import socket
import ssl
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n"
CLOSING = b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
HALVES = ("silent", "one byte", "half a hello", "a hello")


def context_of(ca, version, tickets=True):
    """For one version, "1.2" or "1.3"; ids in place of tickets if those are not wanted."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.load_verify_locations(ca)
    number = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    ctx.minimum_version = ctx.maximum_version = number
    if not tickets:
        ctx.options |= ssl.OP_NO_TICKET
    return ctx


def first_flight(ctx, name):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ctx.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


class Crowd:
    """Clients of one port; ca signs its certificates."""

    def __init__(self, ca):
        self.ca = ca
        self.kept = []  # sockets
        self.begun = []  # of each: when it was opened

    def connect(self, port):
        sock = socket.create_connection(("127.0.0.1", port), 20)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def exchange(self, tls, request):
        """One request; whether the answer is whole and right."""
        tls.sendall(request)
        data = b""
        while not data.endswith(b"\r\n\r\nok"):
            part = tls.recv(65536)
            if not part:
                return False
            data += part
        return data.startswith(b"HTTP/1.1 200 ")

    def shake(self, port, count, version, names, tickets=True):
        """Full handshakes, one after the other, each with a request; names[i] is asked for
        by the i-th. How many were good."""
        ctx, good = context_of(self.ca, version, tickets), 0
        for i in range(count):
            name = names[i % len(names)]
            try:
                with ctx.wrap_socket(self.connect(port), server_hostname=name) as tls:
                    good += self.exchange(tls, CLOSING % name.encode()) and not tls.session_reused
            except OSError:
                pass
        return good

    def fail(self, port, count, version):
        """Handshakes that come to nothing, by turns: offers that nobody takes, and a client
        that ends it when it has seen the certificate. How many were none."""
        ctx, bad = context_of(self.ca, version), 0
        for i in range(count):
            if i % 2 == 0:
                ctx.set_alpn_protocols(["h2"])
            else:
                ctx.set_alpn_protocols(["http/1.1"])
            try:
                with ctx.wrap_socket(self.connect(port), server_hostname="wrong.test"):
                    pass
            except OSError:
                bad += 1
        return bad

    def hold(self, port, count, version, name, ask):
        """Connections that stay idle: after their handshake and, with ask, a request. Only
        their sockets are kept here. How many were good."""
        ctx, good = context_of(self.ca, version), 0
        for _ in range(count):
            tls = ctx.wrap_socket(self.connect(port), server_hostname=name)
            if ask:
                good += self.exchange(tls, REQUEST % name.encode())
            else:
                good += 1
            fd = tls.detach()
            self.kept.append(socket.socket(fileno=fd))
        return good

    def half(self, port, count, version, name):
        """Handshakes that go no further, of four kinds by turns."""
        hello = first_flight(context_of(self.ca, version), name)
        sent = {"silent": b"", "one byte": hello[:1], "half a hello": hello[:len(hello) // 2],
                "a hello": hello}
        for i in range(count):
            sock = self.connect(port)
            self.begun.append(time.monotonic())
            sock.sendall(sent[HALVES[i % len(HALVES)]])
            self.kept.append(sock)
        return count

    def ends(self, seconds):
        """Wait until all have been closed: [how long each was open], None if it was not."""
        took = [None] * len(self.kept)
        left = selectors.DefaultSelector()
        for i, sock in enumerate(self.kept):
            sock.setblocking(False)
            left.register(sock, selectors.EVENT_READ, i)
        until = time.monotonic() + seconds
        while left.get_map() and time.monotonic() < until:
            for key, _ in left.select(0.5):
                try:
                    if key.fileobj.recv(65536):
                        continue
                except ConnectionResetError:
                    pass
                took[key.data] = time.monotonic() - self.begun[key.data]
                left.unregister(key.fileobj)
        return took

    def close(self):
        count = len(self.kept)
        for sock in random.sample(self.kept, count):
            sock.close()
        self.kept, self.begun = [], []
        return count
