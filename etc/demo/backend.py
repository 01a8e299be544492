#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small web server to stand behind Pound: backend.py NAME PORT

    /       a page with its name on it        /slow   an answer after 3 s
    /name   its name in one line              /echo   the request, as it came
    /leave  the page, and the cookie is taken back
    /socket a WebSocket that sends back what it is told

Who has no cookie "basket" is given one. It prints the port that it got: PORT, or another one when that is taken.
"""

import html
import http.server
import secrets
import sys
import time

import websocket

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>{name}</title></head>
<body><h1>This is {name}</h1>
<p>You asked for <code>{path}</code>, and Pound asked this back-end.</p>
<ul><li><a href="/">again</a>, and from the same one, for you have a basket</li>
<li><a href="/leave">/leave</a> your basket; the next one may be another's</li>
<li><a href="/echo">/echo</a>: the request as it arrived here</li>
<li><a href="/slow">/slow</a>: an answer that takes three seconds</li>
<li><a href="/old">/old</a>: a redirect that Pound itself sends</li></ul>
<form id="talk"><label>A WebSocket to a back-end: <input id="words"
value="hello"></label> <button>say it</button></form>
<pre id="echo">(a browser that runs scripts shows here what comes back)</pre>
<script>
const echo = document.getElementById("echo");
const words = document.getElementById("words");
const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
const say = () => socket.send(words.value);
echo.textContent = "connecting";
socket.onopen = () => {{ echo.textContent = "open"; say(); }};
socket.onmessage = (event) => {{ echo.textContent += "\\necho: " + event.data; }};
socket.onclose = () => {{ echo.textContent += "\\nclosed"; }};
document.getElementById("talk").onsubmit = (event) => {{
	event.preventDefault();
	say();
}};
</script>
</body></html>
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def body(self):
        """The body of the request, whichever way it is framed."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self.chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def chunks(self):
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                break
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def talk(self):
        """The connection is a WebSocket from now on."""
        key = self.headers["Sec-WebSocket-Key"]
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.send_header("Sec-WebSocket-Accept", websocket.accept(key))
        self.end_headers()
        self.connection.settimeout(None)
        websocket.echo(self.rfile, self.wfile)
        self.close_connection = True

    def answer(self):
        if self.path == "/socket" and websocket.asked_for(self.headers):
            return self.talk()
        body = self.body()
        path = self.path.split("?")[0]
        kind = "text/plain; charset=utf-8"
        if path == "/echo":
            head = "%s\n%s" % (self.requestline, self.headers)
            text = head.encode("latin-1", "replace") + body
        elif path == "/slow":
            time.sleep(3)
            text = ("%s took its time\n" % self.server.name).encode()
        elif path == "/name":
            text = ("%s\n" % self.server.name).encode()
        else:
            kind = "text/html; charset=utf-8"
            text = PAGE.format(name=self.server.name,
                               path=html.escape(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.give_basket(path)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
        return None

    def give_basket(self, path):
        """The cookie by which Pound knows a session."""
        if path == "/leave":
            self.send_header("Set-Cookie", "basket=; Path=/; Max-Age=0")
        elif "basket=" not in self.headers.get("Cookie", ""):
            self.send_header("Set-Cookie",
                             "basket=%s; Path=/" % secrets.token_hex(8))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass  # the access log is Pound's


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, name, port):
        self.name = name
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError:
            super().__init__(("127.0.0.1", 0), Handler)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server = Server(sys.argv[1], int(sys.argv[2]))
    print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
