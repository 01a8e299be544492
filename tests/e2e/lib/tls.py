# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS ends of our own, and the set-up that most TLS tests share.

TlsSocket is a socket over OpenSSL with the records in our hands: a test can
cut, delay or count them, which Python's SSLSocket does not let it.
"""

import functools
import os
import socket
import ssl
import subprocess
import warnings

from lib import pki
from lib.client import Client
from lib.http import Reader
from lib.origin import OK, Conn, Origin
from lib.ports import SLOW
from lib.pound import SHORT, backend, block, service

__all__ = [
    "CLOSING", "TlsClient", "TlsOrigin", "TlsSocket", "V10", "V11", "V12", "V13", "VERSIONS",
    "cert", "client_context", "fails", "first_flight", "https", "issuer", "pki", "resume", "root",
    "s_client", "secure", "server_context",
]

V10, V11 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = [("TLSv1.2", V12), ("TLSv1.3", V13)]
CLOSING = b"GET / HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n"


# --- Certificates that are made once a file --------------------------------


@functools.lru_cache(maxsize=None)
def root():
    return pki.Authority("root")


@functools.lru_cache(maxsize=None)
def issuer():
    """Below root(): signs servers and clients."""
    return pki.Authority("issuer", root())


@functools.lru_cache(maxsize=None)
def cert(name="h.test", *more, key="ec"):
    """A good certificate of these names."""
    return issuer().issue(name.replace("*", "any") + "." + key, [name, *more], key)


# --- Contexts ----------------------------------------------------------------


def client_context(low=V12, high=V13, own=None, verify=True, ciphers=None, alpn=None, ca=None):
    """For a client that trusts root(); own is its certificate."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if min(low, V12) != V12 and not ciphers:
        ciphers = "DEFAULT@SECLEVEL=0"
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    if verify:
        ctx.load_verify_locations(ca or root().pem)
    if ciphers:
        ctx.set_ciphers(ciphers)
    if own:
        ctx.load_cert_chain(own.pem)
    if alpn:
        ctx.set_alpn_protocols(alpn)
    _finish(ctx, low, high)
    return ctx


def server_context(own, low=V12, high=V13, ca=None, alpn=None):
    """For a back-end with this certificate; ca: clients must have one."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(own.pem)
    if ca:
        ctx.verify_mode = ssl.CERT_REQUIRED
        ctx.load_verify_locations(ca.pem)
    if alpn:
        ctx.set_alpn_protocols(alpn)
    _finish(ctx, low, high)
    ctx.sni_callback = _keep_name
    return ctx


def _keep_name(tls, name, _):
    tls.sni = name


def _finish(ctx, low, high):
    ctx.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # an end is not a cut
    with warnings.catch_warnings():  # that old versions are old
        warnings.simplefilter("ignore")
        ctx.minimum_version, ctx.maximum_version = low, high


# --- The socket --------------------------------------------------------------


class Cut(ConnectionResetError):
    """The peer's bytes ended without close_notify."""

    how = "cut"


class Alert(ConnectionResetError):
    """What the peer sent is no TLS, or an alert; .reason is OpenSSL's."""

    how = "alert"

    def __init__(self, error):
        super().__init__(str(error))
        self.reason = error.reason


class TlsSocket:
    """What the harness uses of a socket, over TLS.

    pace   called with each run of raw bytes before it is sent; it may
           send by itself (and return None) or return what is to be sent
    """

    def __init__(self, sock, context, server=False, name=None, session=None, pace=None):
        self.sock = sock
        self.pace = pace
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.raw_in = self.raw_out = 0
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server,
                                    None if server else name, session)

    def __getattr__(self, name):  # settimeout, setsockopt, fileno ...
        return getattr(self.sock, name)

    def flush(self):
        data = self.outgoing.read()
        if data and self.pace:
            data = self.pace(data)
        if data:
            self.raw_out += len(data)
            self.sock.sendall(data)

    def _more(self):
        """Raw bytes from the peer; False at their end."""
        data = self.sock.recv(65536)
        if not data:
            self.incoming.write_eof()
            return False
        self.raw_in += len(data)
        self.incoming.write(data)
        return True

    def _do(self, call, *args):
        while True:
            try:
                value = call(*args)
            except ssl.SSLWantReadError:
                self.flush()
                self._more()
                continue
            except ssl.SSLError:
                self._flush_alert()
                raise
            self.flush()
            return value

    def _flush_alert(self):
        try:
            self.flush()
        except OSError:
            pass

    def handshake(self):
        self._do(self.tls.do_handshake)
        return self

    def sendall(self, data):
        for i in range(0, len(data), 1 << 16):
            self._do(self.tls.write, data[i:i + (1 << 16)])

    def recv(self, size, flags=0):
        """b"" after close_notify; without one, Cut."""
        if flags & socket.MSG_PEEK:
            return self._peek(size, flags)
        try:
            return self._do(self.tls.read, size)
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            if isinstance(error, ssl.SSLEOFError) or "EOF" in (error.reason or ""):
                raise Cut("no close_notify") from None
            raise Alert(error) from None

    def _peek(self, size, flags):
        if self.tls.pending():
            return b"x"
        return self.sock.recv(size, flags)

    def notify(self):
        """Send close_notify, and wait for nothing."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        try:
            self.flush()
        except OSError:
            pass

    def shutdown(self, how):
        if how != socket.SHUT_RD:
            self.notify()
        self.sock.shutdown(how)

    def close(self):
        self.sock.close()

    def cut(self):
        """A FIN without close_notify."""
        self.sock.shutdown(socket.SHUT_WR)


class TlsClient(Client):
    """A Client over TLS; the handshake is done unless handshake=False."""

    def __init__(self, port, context=None, name="h.test", session=None, pace=None,
                 handshake=True, host="127.0.0.1", timeout=10, buffer=None, source=None):
        super().__init__(port, host, timeout * max(1, SLOW / 2), buffer, source)
        self.sock = TlsSocket(self.sock, context or client_context(), False, name,
                              session, pace)
        self.reader = Reader(self.sock)
        if handshake:
            try:
                self.sock.handshake()
            except BaseException:
                self.sock.close()
                raise

    @property
    def tls(self):
        return self.sock.tls

    def fin(self):
        """close_notify, and not yet a FIN."""
        self.sock.notify()
        return self

    def session(self):
        """The session, once there is a ticket (1.3: after an answer)."""
        return self.tls.session


def resume(port, context, **more):
    """A session that can be offered again: after one exchange."""
    with TlsClient(port, context, **more) as client:
        answer = client.get()
        assert answer.status == 200, answer.start
        return client.session()


def fails(*args, **more):
    """A handshake, and a request, that must not succeed: how they failed."""
    try:
        with TlsClient(*args, **more) as client:
            client.request()
            got = client.rest()
            assert not got, "was answered: %r" % got[:80]
            return str(client.reader.error or client.ended)
    except (ssl.SSLError, ConnectionError) as error:
        return str(error)


def first_flight(context):
    """The bytes of a ClientHello, which is all that a client says unheard."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="h.test")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


class TlsConn(Conn):
    """An accepted connection; .name is the SNI, .peer the client's
    certificate in DER, .reused whether the session was resumed."""

    name = peer = failed = None
    reused = False

    def secure(self, context, pace=None):
        self.sock = TlsSocket(self.sock, context, True, pace=pace and pace(self.sock))
        self.reader = Reader(self.sock)
        try:
            self.sock.handshake()
        except OSError as error:
            self.failed = getattr(error, "reason", None) or str(error)
            raise
        finally:
            self.name = getattr(self.sock.tls, "sni", None)
        self.peer = self.sock.tls.getpeercert(True)
        self.reused = self.sock.tls.session_reused

    def cut(self):
        """FIN without close_notify."""
        self.sock.cut()
        return self


class TlsOrigin(Origin):
    """An Origin over TLS; before(conn) acts on the bare socket first, and
    ends the connection when it returns False; pace(sock) makes the pace of
    its TlsSocket."""

    conn_type = TlsConn

    def __init__(self, answer=OK, context=None, before=None, pace=None, **more):
        self.context = context or server_context(cert())
        self.before, self.pace = before, pace
        super().__init__(answer, **more)

    def _serve(self, conn):
        try:
            if self.before and self.before(conn) is False:
                raise ConnectionAbortedError
            conn.secure(self.context, self.pace)
        except OSError:
            conn.sock.close()
            conn.done.set()
            return
        super()._serve(conn)


# --- openssl s_client ----------------------------------------------------------


def s_client(port, *options, given=CLOSING, timeout=10):
    """What `openssl s_client` prints, the answer to given included."""
    command = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-ign_eof", *options]
    env = {k: v for k, v in os.environ.items() if "SAN_OPTIONS" not in k}
    done = subprocess.run(command, input=given, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout * SLOW)
    return done.stdout.decode("latin-1")


# --- Configurations ------------------------------------------------------------


def https(own, *lines, port="main", host="127.0.0.1"):
    """A ListenHTTPS block; own is a certificate or a list of them."""
    certs = own if isinstance(own, (list, tuple)) else [own]
    files = ['Cert "%s"' % (c if isinstance(c, str) else c.pem) for c in certs]
    return block("ListenHTTPS", "Address %s" % host, "Port @%s@" % port, *files, *lines) + "\n"


def secure(origin, own=None, glob="", listen="", serve="", back=""):
    """simple(), with an HTTPS listener."""
    lines = [s for s in (serve, backend(origin, *filter(None, [back]))) if s]
    inner = [s for s in (listen, service(*lines)) if s]
    return SHORT + glob + "\n" + https(own or cert(), *inner) + "\n"
