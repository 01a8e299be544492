#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what real clients send into clients/: record.py [WORD ...].

It listens on 127.0.0.1:8080 and starts each client of the table below (or those
whose name contains a WORD) against it. A request goes to clients/NAME-NN.http
if none of its shape, method and names of fields, was sent by this client
before. A client that is not installed is passed over with a word on standard
error. WebDAV and Subversion clients talk to a real Apache through it.

Run by hand, on a machine that has the clients; the tests replay the files.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "real"))
sys.argv, WORDS = sys.argv[:1], sys.argv[1:]

PORT = 8080
BASE = "http://127.0.0.1:%d" % PORT
OUT = os.path.join(HERE, "clients")
ODD = "/s?q={\"a\":[1|2]}^`\\&p=100%&u=%u4E2D&c=caf\u00e9"
PAGE = b"""<html><head><title>t</title><link rel="icon" href="/icon.png"></head><body>
<form id="f" method="post" action="/form" enctype="multipart/form-data">
<input name="a" value="b"></form><img src="/i.png?q=[1|2]"><pre id="done"></pre><script>
const wait = [], go = (p, o) => wait.push(fetch(p, o).catch(() => 0));
document.cookie = 'sid=a|b"c; path=/'; document.cookie = 'k=caf\xc3\xa9; path=/';
go('/s?q={"a":[1|2]}^`\\\\&p=100%&u=%u4E2D'); go('/caf\xc3\xa9/{x}|y?z=\xe4\xb8\xad');
go('/json', {method: 'POST', body: '{"a":1}', headers: {'Content-Type': 'application/json'}});
go('/put', {method: 'PUT', body: new Blob(['x'.repeat(3000)])});
go('/delete', {method: 'DELETE'}); go('/head', {method: 'HEAD'});
go('/options', {method: 'OPTIONS'}); go('/patch', {method: 'PATCH', body: 'a=b'});
go('/empty', {method: 'POST'}); go('/range', {headers: {Range: 'bytes=0-9'}});
const data = new FormData(); data.append('file', new Blob(['content']), 'name.txt');
go('/upload', {method: 'POST', body: data});
go('/urlencoded', {method: 'POST', body: new URLSearchParams({a: 'b c', d: '\xc3\xa9'})});
const old = new XMLHttpRequest(); old.open('PROPFIND', '/dav'); old.setRequestHeader('Depth', '1');
old.send('<x/>'); navigator.sendBeacon('/beacon', 'x');
try { new EventSource('/events'); new WebSocket('ws://127.0.0.1:8080/socket', ['chat', 'v2']); }
catch (e) {}
Promise.all(wait).then(() => setTimeout(() => document.getElementById('f').submit(), 800));
</script></body></html>"""


class Recorder:
    """Answers anything, or passes it to another port; keeps the bytes."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", PORT))
        self.name, self.upstream, self.lock = None, None, threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.sock.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def begin(self, name, upstream):
        self.name, self.upstream, self.shapes, self.count = name, upstream, set(), 0

    def serve(self, conn):
        other = socket.create_connection(("127.0.0.1", self.upstream)) if self.upstream else None
        if other:
            threading.Thread(target=self.pass_back, args=(other, conn), daemon=True).start()
        data = b""
        try:
            while True:
                size = whole(data)
                if size:
                    raw, data = data[:size], data[size:]
                    self.keep(raw)
                    if not other:
                        said = answer(raw)
                        conn.sendall(said)
                        if b"Connection: close" in said:
                            return
                    continue
                if not other and expects(data):
                    conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                part = conn.recv(65536)
                if not part:
                    return
                if other:
                    other.sendall(part)
                data += part
        except OSError:
            pass
        finally:
            conn.close()

    @staticmethod
    def pass_back(other, conn):
        try:
            while part := other.recv(65536):
                conn.sendall(part)
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def keep(self, raw):
        lines = raw.split(b"\r\n\r\n")[0].split(b"\n\n")[0].splitlines()
        names = tuple(line.split(b":")[0] for line in lines[1:])
        shape = (lines[0].split()[0], lines[0].split()[-1], names, b"?" in lines[0],
                 b"chunked" in raw)
        with self.lock:
            if shape in self.shapes or len(raw) > 20000:
                return
            self.shapes.add(shape)
            self.count += 1
            path = os.path.join(OUT, "%s-%02d.http" % (self.name, self.count))
        with open(path, "wb") as file:
            file.write(raw)


def head_of(data):
    for end in (b"\r\n\r\n", b"\n\n"):
        if end in data:
            return data[:data.index(end) + len(end)]
    return None


def value(head, name):
    for line in head.split(b"\n")[1:]:
        key, _, text = line.partition(b":")
        if key.strip().lower() == name:
            return text.strip()
    return b""


def whole(data):
    """Bytes of the first request in data; 0: it is not complete."""
    head = head_of(data)
    if head is None:
        return 0
    if value(head, b"transfer-encoding").lower() == b"chunked":
        end = data.find(b"0\r\n\r\n", len(head))
        return 0 if end < 0 else end + 5
    size = len(head) + int(value(head, b"content-length") or 0)
    return size if len(data) >= size else 0


def expects(data):
    head = head_of(data)
    return head is not None and len(head) == len(data) and value(head, b"expect") != b""


def answer(raw):
    head = head_of(raw)
    method, target = head.split()[:2]
    lines, body, status = [b"Content-Type: text/html", b'ETag: "1"'], b"ok", b"200 OK"
    if target.startswith(b"/page"):
        body = PAGE
    elif target.startswith(b"/auth") and not value(head, b"authorization"):
        status = b"401 Unauthorized"
        lines.append(b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"')
        lines.append(b'WWW-Authenticate: Basic realm="r"')
    elif target.startswith(b"/ntlm") and not value(head, b"authorization"):
        status = b"401 Unauthorized"
        lines.append(b"WWW-Authenticate: NTLM")
    elif target.startswith(b"/moved"):
        status = b"302 Found"
        lines.append(b"Location: /there")
    elif target.startswith(b"/cookie"):
        lines.append(b"Set-Cookie: sid=a|b; path=/")
    elif target.startswith(b"/events"):
        status = b"204 No Content"
        body = b""
    keep = b" HTTP/1.1" in head.splitlines()[0] and b"close" not in value(head, b"connection")
    lines.append(b"Connection: keep-alive" if keep else b"Connection: close")
    if status[:3] != b"204":
        lines.append(b"Content-Length: %d" % len(body))
    return b"HTTP/1.1 %s\r\n%s\r\n\r\n%s" % (status, b"\r\n".join(lines),
                                         b"" if method == b"HEAD" else body)


# --- The clients -----------------------------------------------------------

CURL = ["", "-I", "-d a=b&c=d", "-F file=@@file@ -F a=b", "-T @file@", "-T @large@ -H Expect:",
        "-X POST -H Transfer-Encoding:chunked -d @@file@", "--compressed", "-r 0-9", "-0",
        "--http2", "-u user:secret", "-b a=b|c;d", "-X DELETE", "-X OPTIONS --request-target *",
        "--tr-encoding", "-A x -e http://h.test/ -H X-T:", "-T @large@", "--json {}",
        "-x " + BASE, "-H If-None-Match:\"1\"", "-z @file@", "--path-as-is"]
PYTHON = {
    "urllib": "import urllib.request as r; r.urlopen('@base@/a?b=c').read();"
    "r.urlopen('@base@/p', b'a=b').read();"
    "r.urlopen(r.Request('@base@/d', method='DELETE')).read();"
    "r.urlopen(r.Request('@base@/f', open('@file@','rb'), method='PUT')).read()",
    "http-client": "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080)\n"
    "for m, b, f in [('GET', None, {}), ('POST', 'x', {}), ('PUT', iter([b'a', b'bc']), {}),\n"
    " ('HEAD', None, {}), ('POST', None, {}), ('OPTIONS', None, {}), ('GET', None, {'A': '1'})]:\n"
    "  c.request(m, '/h', b, f, encode_chunked=True); c.getresponse().read()",
    "requests": "import requests as r; s = r.Session(); b = '@base@'; s.get(b + '/cookie')\n"
    "s.get(b + '/a', params={'q': '{[|]} caf\u00e9'}); s.post(b, json={'a': 1})\n"
    "s.post(b, data={'a': 'b'}); s.post(b, files={'f': open('@file@', 'rb')}); s.head(b)\n"
    "s.put(b, data=iter([b'a', b'b'])); s.get(b + '/auth', auth=r.auth.HTTPDigestAuth('u', 'p'))\n"
    "s.delete(b); s.options(b); s.patch(b, data='x'); s.get(b + '/moved')",
    "aiohttp": "import aiohttp, asyncio\nasync def main():\n"
    " async with aiohttp.ClientSession() as s:\n  b = '@base@'\n"
    "  for m, f in [('get', {}), ('post', {'json': {'a': 1}}), ('post', {'data': {'a': 'b'}}),\n"
    "   ('put', {'data': gen()}), ('head', {}), ('get', {'params': {'q': '[|]'}}),\n"
    "   ('post', {'data': {'f': open('@file@', 'rb')}})]:\n"
    "   async with getattr(s, m)(b + '/a', **f) as r: await r.read()\n"
    "  try: await s.ws_connect(b + '/ws')\n  except Exception: pass\n"
    "async def gen():\n yield b'a'\n yield b'bc'\nasyncio.run(main())",
    "httpx": "import httpx; c = httpx.Client(); b = '@base@'; c.get(b); c.post(b, json={})\n"
    "c.post(b, data={'a': 'b'}); c.put(b, content=iter([b'a', b'b'])); c.head(b)\n"
    "c.post(b, files={'f': open('@file@', 'rb')})",
}
PHP = ("$b = '@base@'; file_get_contents($b); $c = ['http' => ['method' => 'POST', 'content' => "
       "'a=b', 'header' => 'Content-Type: application/x-www-form-urlencoded']];"
       "file_get_contents($b, false, stream_context_create($c)); $c['http']['protocol_version'] = "
       "1.1; file_get_contents($b, false, stream_context_create($c));"
       "file_get_contents($b . '/moved'); get_headers($b);"
       "$h = curl_init($b); curl_setopt($h, CURLOPT_RETURNTRANSFER, 1); curl_exec($h);"
       "curl_setopt($h, CURLOPT_POSTFIELDS, ['a' => 'b', 'f' => new CURLFile('@file@', 'a/b', 'file.txt')]);"
       "curl_exec($h); if (class_exists('SoapClient')) try { (new SoapClient(null, ['location' => "
       "$b, 'uri' => 'urn:x', 'exceptions' => 1]))->f(1); } catch (Exception $e) {}")
RUBY = ("require 'net/http'; require 'open-uri'; u = URI('@base@/a?b=c'); Net::HTTP.get(u);"
        "Net::HTTP.post_form(u, 'a' => 'b c'); Net::HTTP.start(u.host, u.port) { |h| "
        "h.head('/'); h.delete('/d'); h.options('/'); h.post('/j', '{}', 'Content-Type' => 'a/b');"
        "r = Net::HTTP::Put.new('/c'); r['Transfer-Encoding'] = 'chunked';"
        "r.body_stream = File.open('@file@'); h.request(r);"
        "r = Net::HTTP::Post.new('/m'); r.set_form([['f', File.open('@file@')]], "
        "'multipart/form-data'); h.request(r); r = Net::HTTP::Propfind.new('/p'); "
        "r['Depth'] = '1'; r.body = '<x/>'; h.request(r); r = Net::HTTP::Get.new('/b');"
        "r.basic_auth('u', 'p'); h.request(r) }; URI.open('@base@/o').read")
PERL = ("use LWP::UserAgent; use HTTP::Tiny; use HTTP::Request::Common qw(:DEFAULT PUT DELETE);"
        "my $b = '@base@'; for my $k (0, 1) { my $u = LWP::UserAgent->new(keep_alive => $k);"
        "$u->get($b); $u->post($b, {a => 'b'}); $u->head($b); $u->request(PUT $b, Content => 'x');"
        "$u->request(POST $b, Content_Type => 'form-data', Content => [f => ['@file@']]);"
        "my @p = ('a', 'bc', ''); $u->request(POST $b, Content => sub { shift @p });"
        "$u->request(DELETE $b); } my $t = HTTP::Tiny->new; $t->get($b); $t->head($b);"
        "$t->post_form($b, {a => 'b'}); my @q = ('a', 'b'); "
        "$t->put($b, {content => sub { shift @q }}); $t->delete($b);")
GO = """package main
import ("bytes"; "io"; "mime/multipart"; "net/http"; "net/http/httputil"; "net/http/httptest"
	"net/url"; "strings")
func main() {
	b := "@base@"
	do := func(m string, r io.Reader) { q, _ := http.NewRequest(m, b+"/a?q=[|]", r)
		if a, e := http.DefaultClient.Do(q); e == nil { io.ReadAll(a.Body); a.Body.Close() } }
	do("GET", nil); do("HEAD", nil); do("POST", strings.NewReader("x")); do("DELETE", nil)
	do("PUT", io.MultiReader(strings.NewReader("a"), strings.NewReader("b"))); do("OPTIONS", nil)
	do("POST", nil); http.PostForm(b, url.Values{"a": {"b"}})
	var form bytes.Buffer
	w := multipart.NewWriter(&form); f, _ := w.CreateFormFile("f", "n"); f.Write([]byte("x"))
	w.Close(); http.Post(b, w.FormDataContentType(), &form)
	u, _ := url.Parse(b); p := httptest.NewServer(httputil.NewSingleHostReverseProxy(u))
	http.Get(p.URL + "/through"); http.Post(p.URL, "a/b", strings.NewReader("x"))
	q, _ := http.NewRequest("PUT", b, strings.NewReader("x")); q.Header.Set("Expect", "100-continue")
	http.DefaultClient.Do(q)
}
"""
JAVA = """import java.net.*; import java.net.http.*; import java.net.http.HttpRequest.*;
public class Main {
	static void old(String method, String body, int chunk) throws Exception {
		HttpURLConnection c = (HttpURLConnection) new URL("@base@/a?b=c").openConnection();
		c.setRequestMethod(method);
		if (chunk > 0) c.setChunkedStreamingMode(chunk);
		if (body != null) { c.setDoOutput(true); c.getOutputStream().write(body.getBytes()); }
		c.getResponseCode();
		if (!method.equals("HEAD")) c.getInputStream().readAllBytes();
	}
	public static void main(String[] a) throws Exception {
		old("GET", null, 0); old("HEAD", null, 0); old("POST", "a=b", 0); old("PUT", "abc", 2);
		old("DELETE", null, 0); old("OPTIONS", null, 0);
		for (HttpClient.Version v : HttpClient.Version.values()) {
			HttpClient c = HttpClient.newBuilder().version(v).build();
			BodyPublisher text = BodyPublishers.ofString("{}"), none = BodyPublishers.noBody();
			BodyPublisher parts = BodyPublishers.fromPublisher(text);
			for (Object[] one : new Object[][] {{"GET", none}, {"POST", text}, {"PUT", parts},
				{"HEAD", none}, {"DELETE", none}})
				c.send(HttpRequest.newBuilder(URI.create("@base@/n?q=1")).method((String) one[0],
					(BodyPublisher) one[1]).build(), HttpResponse.BodyHandlers.ofString());
			c.send(HttpRequest.newBuilder(URI.create("@base@/e")).expectContinue(true).POST(text)
				.build(), HttpResponse.BodyHandlers.ofString());
		}
		try { HttpClient.newHttpClient().newWebSocketBuilder().subprotocols("chat").buildAsync(
			URI.create("ws://127.0.0.1:8080/ws"), new WebSocket.Listener() {}).join();
		} catch (Exception e) {}
		System.exit(0);
	}
}
"""
NODE = """const http = require('http'), b = '@base@';
const ask = (o, parts) => new Promise((ok) => { const r = http.request(b + '/n?q=1', o, (a) => {
	a.resume(); a.on('end', ok); }); r.on('error', ok); for (const p of parts || []) r.write(p);
	r.end(); });
(async () => { await ask({}); await ask({method: 'POST'}, ['a', 'b']); await ask({method: 'HEAD'});
	await ask({method: 'DELETE'}); await ask({method: 'PUT', headers: {'Content-Length': 1}}, ['x']);
	await ask({agent: new http.Agent({keepAlive: true})}); if (globalThis.fetch) {
	for (const o of [{}, {method: 'POST', body: '{}'}, {method: 'POST', body: new FormData()},
		{method: 'POST', body: new URLSearchParams('a=b')}]) await (await fetch(b, o)).text(); }
})();"""
NAGIOS = ["", "-H h.test -u /x", "-P a=b", "-j HEAD", "-j OPTIONS", "-a user:secret", "-N",
          "-e 200 -s ok", "-A agent -k X-T:1", "-f follow -u /moved", "-H h.test -S0 -u *"]
CHROMIUM = ("chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-sync "
            "--disable-background-networking --disable-component-update --disable-quic "
            "--user-data-dir=@folder@ --timeout=6000 --dump-dom @base@/page").split()
FIREFOX = "firefox-esr --headless --profile @folder@ --screenshot @folder@/p.png @base@/page".split()
SHELL = {
    "nc-lf": "printf 'GET / HTTP/1.0\\n\\n' | nc -q 1 127.0.0.1 8080",
    "nc-lf-host": "printf 'GET /x HTTP/1.1\\nHost: h.test\\n\\n' | nc -q 1 127.0.0.1 8080",
    "nc-crlf": "printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | nc -q 1 127.0.0.1 8080",
    "bash": "exec 3<>/dev/tcp/127.0.0.1/8080; echo -e 'GET / HTTP/1.1\\nHost: h\\n"
    "Connection: close\\n' >&3; timeout 1 cat <&3",
    "telnet": "printf 'GET / HTTP/1.1\\r\\nHost: h.test\\r\\n\\r\\n' | nc -q 1 127.0.0.1 8080",
}


def clients():
    """(name, command, how it is fed)."""
    for args in CURL:
        yield "curl", ["curl", "-s", "-g", *args.split(" "), BASE + "/c?q=[1|2]{}"]
    yield "curl", ["curl", "-s", "--digest", "-u", "u:p", BASE + "/auth"]
    yield "curl", ["curl", "-s", "--ntlm", "-u", "u:p", BASE + "/ntlm"]
    yield "curl", ["curl", "-s", "-c", "-", "-L", BASE + "/cookie", BASE + "/moved"]
    yield "curl", ["curl", "-s", "-g", BASE + ODD]
    for args in ["", "--spider", "--post-data=a=b", "--no-http-keep-alive", "--user=u --password=p",
                 "--header=Accept-Encoding:gzip", "--method=PUT --body-file=@file@", "-c -O @file@"]:
        yield "wget", ["wget", "-q", "-O", "/dev/null", *args.split(), BASE + "/w?q=[1|2]"]
    yield "wget", ["wget", "-q", "-O", "/dev/null", "--auth-no-challenge", BASE + ODD]
    for name, code in PYTHON.items():
        yield "python-" + name, [sys.executable, "-c", code]
    yield "php", ["php", "-r", PHP]
    yield "ruby", ["ruby", "-e", RUBY]
    yield "perl", ["perl", "-e", PERL]
    yield "go", ["go", "run", "@go@"]
    yield "java", ["java", "@java@"]
    yield "node", ["nodejs", "-e", NODE]
    for args in NAGIOS:
        yield "check-http", ["/usr/lib/nagios/plugins/check_http", "-I", "127.0.0.1", "-p", "8080",
                             *args.split()]
    for name in ["lynx -dump", "w3m -dump", "links -dump", "elinks -dump"]:
        yield name.split()[0], [*name.split(), BASE + "/l?q=[1|2]"]
    yield "lynx", ["lynx", "-head", "-dump", BASE + "/l"]
    yield "w3m", ["w3m", "-dump_head", BASE + "/l"]
    yield "aria2", ["aria2c", "-q", "-d", "@folder@", BASE + "/file"]
    for args in ["GET @base@ q==[|]", "POST @base@ a=b", "-f POST @base@ a=b f@@file@",
                 "PUT @base@ X-T:1 a:=1"]:
        yield "httpie", ["http", "--ignore-stdin", *args.split()]
    yield "siege", ["siege", "-q", "-c1", "-r1", BASE + "/s"]
    for args in ["", "-k", "-H X-T:1 -C a=b", "-p @file@ -T a/b", "-i", "-u @file@", "-A u:p"]:
        yield "ab", ["ab", "-q", "-n1", *args.split(), BASE + "/ab"]
    yield "wrk", ["wrk", "-c1", "-t1", "-d1", BASE + "/wrk"]
    yield "git", ["git", "ls-remote", BASE + "/repo.git"]
    yield "chromium", CHROMIUM
    yield "firefox", FIREFOX
    for name, text in SHELL.items():
        yield name, ["bash", "-c", text]


def proxies():
    """Other proxies and balancers in front: (name, command)."""
    haproxy = ("defaults\n mode http\n timeout connect 3s\n timeout client 3s\n timeout server 3s\n"
               "listen a\n bind 127.0.0.1:8081\n%s server a 127.0.0.1:8080 check inter 200\n")
    for name, check in [
            ("haproxy", " option forwardfor\n option httpchk\n"),
            ("haproxy-check", " option httpchk GET / HTTP/1.1\\r\\nHost:\\ h.test\n")]:
        yield name, "haproxy.cfg", haproxy % check, ["haproxy", "-f", "@folder@/haproxy.cfg"]
    nginx = ("daemon off; pid @folder@/pid; error_log @folder@/e.log; events {} http { access_log "
             "off; server { listen 127.0.0.1:8081; location / { proxy_pass @base@; %s } } }")
    for name, more in [("nginx", ""), ("nginx-1.1", "proxy_http_version 1.1; proxy_set_header "
                                      "Connection ''; proxy_set_header Host $host; "
                                      "proxy_request_buffering off;")]:
        yield name, "nginx.conf", nginx % more, ["nginx", "-c", "@folder@/nginx.conf"]


# --- Running ---------------------------------------------------------------


def fill(words, folder):
    table = {"@base@": BASE, "@folder@": folder, "@file@": os.path.join(folder, "file.txt"),
             "@large@": os.path.join(folder, "large.txt"), "@go@": os.path.join(folder, "m.go"),
             "@java@": os.path.join(folder, "Main.java")}
    for place, text in table.items():
        words = [word.replace(place, text) for word in words]
    return words


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(fill([text], folder)[0])


def run(command, seconds=60):
    folder = tempfile.mkdtemp(prefix="record.")
    write(folder, "file.txt", "content of a file\n")
    write(folder, "large.txt", "x" * 3000)
    write(folder, "m.go", GO)
    write(folder, "Main.java", JAVA)
    env = dict(os.environ, HOME=folder, TERM="dumb", LANG="C.UTF-8", GOCACHE=folder + "/go",
               GOFLAGS="-mod=mod", GO111MODULE="off", http_proxy="", HTTP_PROXY="")
    try:
        subprocess.run(fill(command, folder), cwd=folder, env=env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds)
    except subprocess.TimeoutExpired:
        print("%s: no end" % command[0], file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_proxy(file, text, command):
    folder = tempfile.mkdtemp(prefix="record.")
    write(folder, file, text)
    process = subprocess.Popen(fill(command, folder), cwd=folder, stderr=subprocess.DEVNULL)
    try:
        subprocess.run(["sleep", "1"], check=True)
        for args in ([], ["-I"], ["-d", "a=b"], ["-T", "-"], ["-0"], ["-u", "u:p"]):
            subprocess.run(["curl", "-s", "-m", "5", *args, "http://127.0.0.1:8081/p?q=[1|2]", "-g"],
                           input=b"abc", stdout=subprocess.DEVNULL, check=False)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def dav(recorder):
    """Clients that need a server of their own kind behind the recorder."""
    from peers import Apache, Peer, Origin
    apache = Apache("""
DavLockDB @folder@/locks/db
<Directory @folder@/www>
	Dav On
	Require all granted
</Directory>
<Location /svn>
	DAV svn
	SVNPath @folder@/repository
	Require all granted
</Location>
""", "dav", "dav_fs", "dav_svn")
    apache.mkdir("locks")
    apache.mkdir("www/litmus")
    subprocess.run(["svnadmin", "create", apache.folder + "/repository"], check=True)
    for path, _, files in os.walk(apache.folder):
        for name in ["", *files]:
            os.chmod(os.path.join(path, name), 0o777)
    apache.start()
    script = ("cd @folder@; svn co -q @base@/svn wc; cd wc; echo a > f; svn add -q f; "
              "svn ci -q -m one; echo b >> f; svn ci -q -m two; svn cp -q -m c @base@/svn/f "
              "@base@/svn/g; svn log -q @base@/svn; svn ls @base@/svn; svn up -q; svn cat f; "
              "svn lock f; svn unlock f; svn propset -q a b f; svn ci -q -m p; svn rm -q g; "
              "svn up -q; svn diff -r1:2; svn blame f; svn export -q @base@/svn x")
    orders = "printf 'ls\\nput @file@\\nmkcol d\\ncopy file.txt d/c\\nmove d/c d/e\\nlock file.txt\\n" \
             "unlock file.txt\\npropget file.txt\\ncat file.txt\\ndelete file.txt\\nrmcol d\\n" \
             "quit\\n' | cadaver @base@/"
    for name, command in [("svn", ["bash", "-c", script]), ("cadaver", ["bash", "-c", orders]),
                          ("litmus", ["litmus", BASE + "/"])]:
        if wanted(name) and there(command[-1].split()[0] if name != "litmus" else "litmus", name):
            recorder.begin(name, apache.port)
            run(command, 120)
    for peer in Origin.instances:
        peer.close()


def wanted(name):
    return not WORDS or any(word in name for word in WORDS)


def there(program, name):
    if shutil.which(name if name in ("svn", "cadaver") else program,
                    path=os.environ["PATH"] + ":/usr/sbin"):
        return True
    print("%s is not installed" % program, file=sys.stderr)
    return False


def main():
    os.makedirs(OUT, exist_ok=True)
    recorder = Recorder()
    for name, command in clients():
        if wanted(name) and there(command[0], name):
            if recorder.name != name:
                recorder.begin(name, None)
            run(command)
    for name, file, text, command in proxies():
        if wanted(name) and there(command[0], name):
            recorder.begin(name, None)
            run_proxy(file, text, command)
    dav(recorder)


if __name__ == "__main__":
    main()
