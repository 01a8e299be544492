# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of the probe, written by hand after RFC 9110, RFC 9112 and what
clients really send.  Each is (name, raw, want[, port]), see lib.probe."""

from lib.probe import SILENT, SMUGGLED, Sees

H = b"Host: h.test\r\n"
END = b"0\r\n\r\n"
CASES = []


def add(name, raw, want, port="main"):
    CASES.append((name, raw, want, port))


def line(text, want, port="main", name=None):
    """A request of this start line and Host."""
    add(name or "line %r" % text, text + b"\r\n" + H + b"\r\n", want, port)


def field(lines, want, version=b"1.1"):
    """A GET with Host and these lines."""
    add("fields %r" % lines[:70],
        b"GET / HTTP/%s\r\n%s%s\r\n\r\n" % (version, H, lines), want)


def host(lines, want, version=b"1.1"):
    """A GET with these lines and no other Host."""
    add("host %r %s" % (lines[:70], version.decode()),
        b"GET / HTTP/%s\r\n%s\r\n" % (version, lines), want)


def post(lines, body, want, version=b"1.1"):
    add("post %r %r" % (lines[:60], body[:40]),
        b"POST / HTTP/%s\r\n%s%s\r\n\r\n%s" % (version, H, lines, body), want)


def chunks(body, want):
    post(b"Transfer-Encoding: chunked", body, want)


def goes(text, target, seen_host="h.test", port="main"):
    """A start line that is served; target as it arrives."""
    method = text.split()[0].decode()
    line(text, Sees("%s %s HTTP/1.1" % (method, target), seen_host), port)


def keeps(text, name, value):
    field(text, Sees("GET / HTTP/1.1", has=[(name, value)]))


# --- The start line ------------------------------------------------------

for text in [
        b"GET", b"GET /only", b"GET  /two-blanks HTTP/1.1", b"GET /two  HTTP/1.1",
        b"GET /t\tab HTTP/1.1", b"GET\t/ HTTP/1.1", b"GET /\tHTTP/1.1", b" GET / HTTP/1.1",
        b"\tGET / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET / HTTP/1.1\t", b"GET / HTTP/1.1 x",
        b"GET / a b HTTP/1.1", b"HTTP/1.1 200 OK", b"/ GET HTTP/1.1", b"GET HTTP/1.1 /",
        b"GET /\x00 HTTP/1.1", b"GET /a\x7f HTTP/1.1", b"GET /\x1b[2J HTTP/1.1",
        b"GET\x0b/ HTTP/1.1", b"GET\x0c/\x0cHTTP/1.1", b"GET\xa0/ HTTP/1.1",
        b"G ET / HTTP/1.1", b"GET: / HTTP/1.1", b"\xef\xbb\xbfGET / HTTP/1.1",
        b"{} / HTTP/1.1", b"GET,POST / HTTP/1.1", b'"GET" / HTTP/1.1', b"GET@ / HTTP/1.1",
        b"GET / HTTP/1.1\rX: y", b"GET / \rHTTP/1.1", b"\rGET / HTTP/1.1"]:
    line(text, 400)
for version in [
        b"HTTP/1.2", b"HTTP/1.3", b"HTTP/1.9", b"HTTP/0.9", b"HTTP/0.0", b"HTTP/1.01",
        b"HTTP/01.1", b"HTTP/1.1.1", b"HTTP/11", b"HTTP/1", b"HTTP/", b"HTTP", b"http/1.1",
        b"hTTP/1.1", b"HTTP/1.1,", b"HTTP/1.1;q", b"HTTP/+1.1", b"HTTP/-1.1", b"HTTP/1.-1",
        b"HTTP/1.1\x00", b"HTTP\\1.1", b"HTTP//1.1", b"HTTP/1 .1", b"HTTP/1.\xb9",
        b"HTTPS/1.1", b"SHTTP/1.1", b"HTCPCP/1.0", b"ICY/1.0", b"RTSP/1.0", b"SIP/2.0",
        b"HTTP/1.10", b"HTTP/1.1HTTP/1.1", b"HTTP/10.1", b"HTTP/1.O", b"HTTP/l.1", b"1.1"]:
    line(b"GET / " + version, 400)
for version in [b"HTTP/2.0", b"HTTP/2.1", b"HTTP/3.0", b"HTTP/5.5", b"HTTP/9.9"]:
    line(b"GET / " + version, 505)
for method in [b"get", b"Get", b"gET", b"GETT", b"XGET", b"BREW", b"M-SEARCH", b"PURGE",
               b"SOURCE", b"CONNECT", b"_", b"!", b"GET|POST", b"%47ET", b"TRACEX", b"HELP"]:
    line(method + b" / HTTP/1.1", 501)
line(b"CONNECT h.test:443 HTTP/1.1", (400, 501))
line(b"CONNECT h.test:443 HTTP/1.1", (400, 501), "loose", "CONNECT at xHTTP 3")
line(b"A" * 65 + b" / HTTP/1.1", (400, 501), name="a method of 65 letters")
add("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 501, 505))
add("HTTP/0.9", b"GET /\r\n", 400)
add("a ClientHello", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(32), SILENT)
add("three empty lines", b"\r\n" * 3 + b"GET / HTTP/1.1\r\n" + H + b"\r\n", 400)
add("an empty line in bare LF", b"\nGET / HTTP/1.1\r\n" + H + b"\r\n", 400)
add("a lone CR first", b"\r\rGET / HTTP/1.1\r\n" + H + b"\r\n", 400)
add("CR CR LF", b"GET / HTTP/1.1\r\r\n" + H + b"\r\n", 400)
add("LF CR", b"GET / HTTP/1.1\n\rHost: h.test\n\r\n\r", 400)
for count in (1, 2):
    add("%d empty lines" % count, b"\r\n" * count + b"GET /e HTTP/1.1\r\n" + H + b"\r\n",
        Sees("GET /e HTTP/1.1"))
for name, raw in [
        ("first", b"GET / HTTP/1.1\nHost: h.test\r\n\r\n"),
        ("second", b"GET / HTTP/1.1\r\nHost: h.test\n\r\n"),
        ("third", b"GET / HTTP/1.1\r\nHost: h.test\r\nA: b\n\r\n"),
        ("last", b"GET / HTTP/1.1\r\nHost: h.test\r\n\n"),
        ("all but the last", b"GET / HTTP/1.1\nHost: h.test\n\r\n"),
        ("all, with a length", b"POST / HTTP/1.1\nHost: h.test\nContent-Length: 1\n\nx"),
        ("all, with length 0", b"POST / HTTP/1.1\nHost: h.test\nContent-Length: 0\n\n"),
        ("all, with chunks", b"POST / HTTP/1.1\nHost: h.test\nTransfer-Encoding: chunked\n\n"
         b"0\n\n")]:
    add("bare LF: " + name, raw, 400)
add("all in bare LF", b"GET /lf HTTP/1.1\nHost: h.test\nA: b\n\n",
    Sees("GET /lf HTTP/1.1", has=[("A", "b")]))
add("all in bare LF, 1.0, no Host", b"GET /lf HTTP/1.0\n\n", Sees("GET /lf HTTP/1.1", None))

# --- Targets --------------------------------------------------------------

for target in [
        b"*", b"**", b"*/x", b"x", b"x/y", b"h.test", b"h.test:80", b"?q", b"#", b"/a#b", b"/#",
        b"/?q#f", b"%2f", b"\\", b"..", b"~", b"http:", b"http:/", b"http://", b"http:///x",
        b"http:x", b"http:/h.test/x", b"http:\\\\h.test\\x", b"http//h.test/",
        b"//h.test/x@".replace(b"//", b"@//"), b"ftp://h.test/", b"ws://h.test/",
        b"file:///etc/x", b"javascript:1", b"http://u@h.test/", b"http://u:p@h.test/",
        b"http://@h.test/", b"http://h.test:x/", b"http://h.test:-1/", b"http://h.test:65536/",
        b"http://h.test:8 0/", b"http://h.test#f", b"http://h.test/#f", b"http://h,i/",
        b"http://[::1/", b"http://::1/", b"http://[::g]/", b"http://[]/", b"http://[::1]x/",
        b"http://h%2etest/", b"http://h\\x/", b"http://\xc3\xa9.test/", b"http://:80/",
        b"/%", b"/%4", b"/%4g", b"/%g4", b"/a%zz/b", b"/%u4E2D", b"/%%20",
        b"/%00", b"/a%00.html", b"/?a=%00", b"/?%00", b"/?a=100%%00"]:
    line(b"GET " + target + b" HTTP/1.1", 400)
line(b"POST * HTTP/1.1", 400)
line(b"GET /" + b"u" * 70000 + b" HTTP/1.1", 414, name="a target of 70,000 bytes")
line(b"GET /?" + b"u" * 70000 + b" HTTP/1.1", 414, name="a query of 70,000 bytes")
for target in [
        "/", "//", "///a//b", "/./a/../b/.", "/a;p=1/b;q", "/a?b?c=/d?", "/?", "/a//?x",
        "/:@!$&'()*+,;=-._~", "/%41%7e%2F%2f%2e%2E%20%c3%a9%C3%A9", "/a%0d%0aX:%201",
        "/%0a", "/%09", "/%7f", "/%ff%fe", "/%2500", "/?q=100%", "/?t=%u4E2D", "/?%", "/?%a",
        "/?a=%&b=%zz", "/?a=b+c%20d", "/[1]?[a]=b", "/@x:y", "/http://other.test/",
        "/?u=http://other.test/#".rstrip("#"), "/x/*", "/" + "d/" * 2000]:
    goes(b"GET " + target.encode() + b" HTTP/1.1", target)
for raw, target in [
        (b'/s?q={"a":[1|2]}^`\\', "/s?q=%7B%22a%22:[1%7C2]%7D%5E%60%5C"),
        (b'/{x}|"<b>"\\^`', "/%7Bx%7D%7C%22%3Cb%3E%22%5C%5E%60"),
        (b"/caf\xc3\xa9", "/caf%C3%A9"), (b"/\xe9?\xff\x80", "/%E9?%FF%80"),
        (b"/a\\..\\b", "/a%5C..%5Cb"), (b"/?<script>", "/?%3Cscript%3E"),
        (b"/%7B{", "/%7B%7B")]:
    goes(b"GET " + raw + b" HTTP/1.1", target)
for raw, target in [(b'/{x}|"<b>"\\^`?"{}', '/{x}|"<b>"\\^`?"{}'), (b"/100%", "/100%"),
                    (b"/%zz%", "/%zz%"), (b"/\xe9{", "/%E9{")]:
    goes(b"GET " + raw + b" HTTP/1.1", target, port="loose")
line(b"GET /%00 HTTP/1.1", 400, "loose", "%00 at xHTTP 3")
line(b"GET /a#b HTTP/1.1", 400, "loose", "a fragment at xHTTP 3")
for raw, target, seen in [
        (b"http://h.test/x", "/x", "h.test"), (b"https://h.test/x", "/x", "h.test"),
        (b"HTTP://h.test/x", "/x", "h.test"), (b"hTTpS://H.TEST/X", "/X", "h.test"),
        (b"http://h.test:80/x", "/x", "h.test"), (b"https://h.test:443/", "/", "h.test"),
        (b"http://h.test", "/", "h.test"), (b"http://h.test?q=1", "/?q=1", "h.test"),
        (b"http://h.test/?q=a/b", "/?q=a/b", "h.test"), (b"http://new.test/x", "/x", "new.test"),
        (b"http://h.test:8080/x", "/x", "h.test:8080"), (b"http://192.0.2.7/", "/", "192.0.2.7"),
        (b"http://[2001:db8::1]:8/x", "/x", "[2001:db8::1]:8"),
        (b"http://h.test//x", "//x", "h.test"), (b"http://a_b.test./", "/", "a_b.test.")]:
    goes(b"GET " + raw + b" HTTP/1.1", target, seen)
for url, value in [(b"http://h.test/x", "h.test:80"), (b"http://h.test:80/x", "H.test:80"),
                   (b"https://h.test/x", "h.test:443"), (b"https://h.test:443/x", "h.test:"),
                   (b"http://h.test:/x", "H.TEST")]:
    add("host %s of %s" % (value, url.decode()), b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (
        url, value.encode()), Sees("GET /x HTTP/1.1", value))
for url, value, seen in [(b"http://h.test/x", "h.test:443", "h.test"),
                         (b"https://h.test/x", "h.test:80", "h.test"),
                         (b"http://h.test:443/x", "h.test", "h.test:443")]:
    add("host %s not of %s" % (value, url.decode()), b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (
        url, value.encode()), Sees("GET /x HTTP/1.1", seen))
goes(b"OPTIONS * HTTP/1.1", "*")
for method in [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"PROPFIND",
               b"PROPPATCH", b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK"]:
    goes(method + b" /m HTTP/1.1", "/m")
for method in [b"REPORT", b"SEARCH", b"SUBSCRIBE"]:
    goes(method + b" /m HTTP/1.1", "/m", port="loose")

# --- Field lines -----------------------------------------------------------

for text in [
        b"X : v", b"X\t: v", b"X  : v", b": v", b":", b" : v", b"novalue", b"two words",
        b"X Y: v", b"X\x00: v", b"\x00X: v", b"X\x08: v", b"X\x7f: v", b"X\xe9: v", b"(X): v",
        b"X,Y: v", b"X/Y: v", b"X;Y: v", b"X<Y: v", b"X=Y: v", b"X>Y: v", b"X?Y: v", b"X@Y: v",
        b"[X]: v", b"X\\Y: v", b"{X}: v", b'"X": v', b"X\xc2\xa0: v", b"\xef\xbb\xbfX: v",
        b"X: a\x00b", b"X: \x00", b"X: a\x01", b"X: a\x08", b"X: a\x0bb", b"X: a\x0cb",
        b"X: \x1b[31m", b"X: a\x7f", b"X: a\x1f", b"X: a\rb", b"X: a\rY: b", b"X: \r", b"X: a\r",
        b"X: a\nY: b", b"X: a\n", b"X: a\n b", b"X: a\r\n b", b"X: a\r\n\tb", b"X:\r\n v",
        b"X: a\r\n ", b" X: a", b"\tX: a", b"X: a\r\n Y: b", b"X\r\n: v", b"X\n: v", b"X\r: v",
        b"GET / HTTP/1.1", b"\x85X: v", b"Host", b"Content-Length", b"X:\x00", b"=: v", b"@",
        b"Content-Length\x00: 5", b"Transfer-Encoding\x20: chunked", b"\x0bX: v"]:
    field(text, 400)
add("a fold before the first field", b"GET / HTTP/1.1\r\n X: y\r\n" + H + b"\r\n", 400)
add("a fold of nothing", b"GET / HTTP/1.1\r\n \r\n" + H + b"\r\n", 400)
add("blanks for an empty line", b"GET / HTTP/1.1\r\n" + H + b" \r\n\r\n", 400)
field(b"X: " + b"v" * 70000, 431)
field(b"N" * 70000 + b": v", 431)
field(b"\r\n".join(b"X%d: v" % n for n in range(200)), 431)
field(b"\r\n".join(b"X%d: %s" % (n, b"v" * 4000) for n in range(40)), 431)

for text, name, value in [
        (b"X: v", "X", "v"), (b"X:v", "X", "v"), (b"X:", "X", ""), (b"X: \t ", "X", ""),
        (b"X:\tv\t", "X", "v"), (b"X:   v   ", "X", "v"), (b"X: a \t b", "X", "a \t b"),
        (b"X: :v", "X", ":v"), (b"X:: v", "X", ": v"), (b"X: caf\xc3\xa9", "X", "caf\xc3\xa9"),
        (b"X: \x80\xff", "X", "\x80\xff"), (b"x-odd-CASE: V", "x-odd-CASE", "V"),
        (b"!#$%&'*+-.^_`|~: v", "!#$%&'*+-.^_`|~", "v"), (b"9: v", "9", "v"),
        (b"X_Under: v", "X_Under", "v"), (b"X: \"a\\\"b\" (c) <d> {e}", "X",
                                           "\"a\\\"b\" (c) <d> {e}"),
        (b"Cookie: ;a=b", "Cookie", ";a=b"), (b"Cookie: =", "Cookie", "="),
        (b"Cookie: a=\xff; b; ,=", "Cookie", "a=\xff; b; ,="), (b"Cookie:", "Cookie", ""),
        (b"Range: bytes=0-,5-x", "Range", "bytes=0-,5-x"), (b"Via: 1.1 a", "Via", "1.1 a"),
        (b"If-Modified-Since: gestern", "If-Modified-Since", "gestern"),
        (b"Content-Type: ;;", "Content-Type", ";;"), (b"Accept: */*;q=9", "Accept", "*/*;q=9"),
        (b"Referer: \xe2\x82\xac", "Referer", "\xe2\x82\xac"), (b"Date: now", "Date", "now"),
        (b"Cache-Control: no-cache, x=\"y\"", "Cache-Control", "no-cache, x=\"y\""),
        (b"Authorization: Basic !!!", "Authorization", "Basic !!!"),
        (b"X-Forwarded-Host: a, b", "X-Forwarded-Host", "a, b"),
        (b"X: " + b"v" * 7000, "X", "v" * 7000)]:
    keeps(text, name, value)
field(b"A: 1\r\nB: 2\r\nA: 3\r\na: 4", Sees(has=[("A", "1"), ("A", "3"), ("a", "4")]))
field(b"\r\n".join(b"F%d: v" % n for n in range(100)), Sees(has=[("F99", "v")]))
field(b"Cookie: " + b"c=d; " * 1200 + b"e=f", Sees(lacks=["Proxy"]))
for text, names in [
        (b"Proxy: x", ["Proxy"]), (b"PROXY: x", ["Proxy"]), (b"Keep-Alive: 5", ["Keep-Alive"]),
        (b"Proxy-Connection: close", ["Proxy-Connection"]), (b"TE: trailers", ["TE"]),
        (b"Trailer: X", ["Trailer"]), (b"Upgrade: h2c", ["Upgrade"]),
        (b"Upgrade: websocket", ["Upgrade"]), (b"Content_Length: 9", ["Content_Length"]),
        (b"Transfer_Encoding: chunked", ["Transfer_Encoding"]),
        (b"X_Forwarded_For: 6.6.6.6", ["X_Forwarded_For"]),
        (b"X-SSL-Subject: CN=x", ["X-SSL_Subject"]), (b"Connection: X\r\nX: 1", ["X"]),
        (b"X: 1\r\nConnection: a,x ,\tb", ["X"]),
        (b"Connection: X\r\nConnection: Y\r\nY: 1", ["Y"]),
        (b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA",
         ["Upgrade", "HTTP2-Settings"]), (b"Connection: ,,\x09,X,\r\nX: 1", ["X"]),
        (b"Connection: keep-alive, Upgrade\r\nUpgrade: h2c", ["Upgrade"]),
        (b"Expect:", ["Expect"]), (b"Expect: 100-continue", ["Expect"]),
        (b"Expect: 100-Continue", ["Expect"])]:
    field(text, Sees("GET / HTTP/1.1", lacks=names))
for text in [b"Expect: 200-ok", b"Expect: 100-continue, x", b"Expect: x=y"]:
    field(text, 417)
for name in [b"Host", b"X-Forwarded-For", b"Content-Length", b"Transfer-Encoding"]:
    post(b"Content-Length: 2\r\nConnection: keep-alive, " + name, b"ab",
         Sees("POST / HTTP/1.1", body=b"ab", has=[("X-Forwarded-For", "127.0.0.1"),
                                                  ("Content-Length", "2")]))
field(b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7",
      Sees(has=[("X-Forwarded-For", "6.6.6.6, 7.7.7.7, 127.0.0.1")]))
field(b"Connection: close", Sees())
field(b"Connection: keep-alive", Sees(), b"1.0")

# --- Host -------------------------------------------------------------------

for text in [
        b"", H + H, H + b"Host: other.test\r\n", H + b"host: h.test\r\n", b"X: y\r\n",
        b"Host: a b\r\n", b"Host: a,b\r\n", b"Host: a, h.test\r\n", b"Host: u@h\r\n",
        b"Host: h/x\r\n", b"Host: /\r\n", b"Host: h?x\r\n", b"Host: h#x\r\n", b"Host: h\\x\r\n",
        b"Host: http://h.test\r\n", b"Host: h:x\r\n", b"Host: h:80:80\r\n", b"Host: h:-1\r\n",
        b"Host: h:65536\r\n", b"Host: h:99999999999999999999\r\n", b"Host: h: 80\r\n",
        b"Host: :80\r\n", b"Host: :\r\n", b"Host: ::1\r\n", b"Host: [::1\r\n", b"Host: ::1]\r\n",
        b"Host: []\r\n", b"Host: [::1]x\r\n", b"Host: [::1]:x\r\n", b"Host: [1.2.3.4]\r\n",
        b"Host: [::1%25lo]\r\n", b"Host: [::g]\r\n", b"Host: <h>\r\n", b"Host: \"h\"\r\n",
        b"Host: h\x00\r\n", b"Host: h\x7f\r\n", b"Host: \xe9.test\r\n", b"Host: h|i\r\n",
        b"Host: {h}\r\n", b"Host: h^\r\n", b"Host: h`\r\n", b"Host: h&i\r\n", b"Host: h'i\r\n",
        b"Host : h.test\r\n", b" Host: h.test\r\n", b"Host\r\n", b"Host:\r\n h.test\r\n",
        b"Host: h.test\r\n .evil\r\n", b"Host: h\tx\r\n", b"Ho st: h.test\r\n", b"Host:: h\r\n"]:
    host(text, 400)
host(H + H, 400, b"1.0")
host(b"Host: a/b\r\n", 400, b"1.0")
for value in ["H.TEST", "h.test:80", "h.test:", "h.test:0", "h.test:65535",
              "under_score.test.", "-a.test", "a..b", "1.2.3.4", "1.2.3.4:8080", "[::1]",
              "[2001:DB8::1]:8443", "[::ffff:1.2.3.4]", "x" * 255, "localhost", "0", "a~b!c"]:
    host(b"Host: " + value.encode() + b"\r\n", Sees("GET / HTTP/1.1", value))
host(b"host:h.test\r\n", Sees(has=[("host", "h.test")]))
host(b"HOST: \th.test \r\n", Sees(has=[("HOST", "h.test")]))
host(b"Host:\r\n", Sees("GET / HTTP/1.1", None))
host(b"", Sees("GET / HTTP/1.1", None), b"1.0")
host(H, Sees("GET / HTTP/1.1"), b"1.0")

# --- Length -----------------------------------------------------------------

for value in [b"", b" ", b"+5", b"-5", b"-0", b"5,5", b"5, 5", b"5;", b"5 5", b"5x", b"x", b"0x5",
              b"5.0", b"5e0", b"'5'", b"\"5\"", b"05", b"00", b"000", b"0005", b"5_0", b"5\x00",
              b"\xb5", b"9223372036854775808", b"18446744073709551616", b"18446744073709551621",
              b"99999999999999999999999999", b"4294967301x", b"1 ,1", b",5", b"5,", b"(5)",
              b"5\x0b",
              b"\x0c5", b"NaN", b"5\r\n 5", b"\r\n 5", b"5\r", b"5\n"]:
    post(b"Content-Length: " + value, b"hello", 400)
for lines in [b"Content-Length: 5\r\nContent-Length: 5", b"Content-Length: 5\r\nContent-Length: 6",
              b"Content-Length: 0\r\nContent-Length: 5",
              b"Content-Length: 5\r\nX: y\r\ncontent-length: 5",
              b"Content-Length: 5\r\nContent-Length:", b"Content-Length : 5",
              b"Content-Length\t: 5", b"Content-Length: 5\r\nContent-Length : 3",
              b"Content Length: 5", b"Content-Length:5\r\n\tX", b" Content-Length: 5",
              b"Transfer-Encoding: chunked\r\nContent-Length: 5",
              b"Content-Length: 5\r\nTransfer-Encoding: chunked",
              b"Content-Length: 0\r\nTransfer-Encoding: chunked",
              b"Content-Length: x\r\nTransfer-Encoding: chunked"]:
    post(lines, b"hello", 400)
for value, body in [(b"0", b""), (b"5", b"hello"), (b"  5", b"hello"), (b"5 \t", b"hello"),
                    (b"10", b"0\r\n\r\nGET /"), (b"1", b"\n"), (b"2", b"\r\n")]:
    post(b"Content-Length: " + value, body, Sees("POST / HTTP/1.1", body=body))
    post(b"Content-Length: " + value, body, Sees("POST / HTTP/1.1", body=body), b"1.0")
add("a GET with a body", b"GET / HTTP/1.1\r\n" + H + b"Content-Length: 5\r\n\r\nhello",
    Sees("GET / HTTP/1.1", body=b"hello"))
add("a body of 100,000 bytes", b"PUT / HTTP/1.1\r\n" + H + b"Content-Length: 100000\r\n\r\n"
    + b"y" * 100000, Sees("PUT / HTTP/1.1", body=b"y" * 100000))
post(b"X: y", b"", Sees("POST / HTTP/1.1"))
post(b"Expect: 100-continue\r\nContent-Length: 2", b"ab", Sees(body=b"ab", lacks=["Expect"]))

for value, want in [
        (b"identity", 501), (b"gzip", 501), (b"deflate", 501), (b"xchunked", 501),
        (b"chunkedd", 501), (b"chunke", 501), (b"chunked_", 501), (b"cHUNKEd-", 501),
        (b"", 400), (b"chunked,", 400), (b",chunked", 400), (b"chunked, chunked", 400),
        (b"gzip, chunked", 400), (b"chunked, identity", 400), (b"identity, chunked", 400),
        (b"chunked;a=b", 400), (b"chunked;", 400), (b"\"chunked\"", 400), (b"chun ked", 400),
        (b"chunked chunked", 400), (b"\x0bchunked", 400), (b"chunked\x0c", 400),
        (b"chunked\x00", 400), (b"\x00chunked", 400), (b"chunked\x7f", 400), (b"\xa0chunked", 400),
        (b"chunked\xff", 400), (b"chunked\r", 400), (b"chunked\n", 400), (b"chun\r\n ked", 400),
        (b"\r\n chunked", 400), (b"chunked\r\nTransfer-Encoding: chunked", 400),
        (b"chunked\r\nTransfer-Encoding: gzip", 400), (b"chunked\r\nTransfer-Encoding:", 400),
        (b"gzip\r\nTransfer-Encoding: chunked", 400), (b"[chunked]", 400), (b"=chunked", 400)]:
    post(b"Transfer-Encoding: " + value, END, want)
for lines in [b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked",
              b"Transfer Encoding: chunked", b" Transfer-Encoding: chunked",
              b"X: y\r\n Transfer-Encoding: chunked", b"Transfer-Encoding\x00: chunked"]:
    post(lines, END, 400)
post(b"Transfer-Encoding: chunked", END, 400, b"1.0")
for value in [b"chunked", b"CHUNKED", b"ChUnKeD", b"\tchunked ", b"   chunked"]:
    post(b"Transfer-Encoding:" + value, b"2\r\nab\r\n" + END, Sees(body=b"ab", chunks=[2]))

# --- Chunks ------------------------------------------------------------------

for body in [
        b"2\nab\r\n" + END, b"2\r\nab\n" + END, b"2\r\nab\r\n0\n\r\n", b"2\r\nab\r\n0\r\n\n",
        b"\n2\r\nab\r\n" + END, b"\r\n2\r\nab\r\n" + END, b"2\rab\r\n" + END, b"2\r\rab\r\n" + END,
        b"2\r\nab\r" + END, b"2\r\nab" + END, b"2\r\nabc\r\n" + END, b"2\r\na\r\n" + END,
        b"2\r\nab\r\n\r\n" + END, b"+2\r\nab\r\n" + END, b"-2\r\nab\r\n" + END,
        b"0x2\r\nab\r\n" + END, b"2h\r\nab\r\n" + END, b"2g\r\nab\r\n" + END, b"x2\r\nab\r\n" + END,
        b" 2\r\nab\r\n" + END, b"2 \r\nab\r\n" + END, b"\t2\r\nab\r\n" + END,
        b"2\t\r\nab\r\n" + END,
        b"2.\r\nab\r\n" + END, b"2,2\r\nab\r\n" + END, b"2_\r\nab\r\n" + END,
        b"2\x00\r\nab\r\n" + END,
        b"\x002\r\nab\r\n" + END, b"\r\n", b"\r\n\r\n", b"\xff\r\n", b"-0\r\n\r\n", b"0 \r\n\r\n",
        b"0\r\r\n\r\n", b"00000000000000002\r\nab\r\n" + END, b"00000000000000000\r\n\r\n",
        b"10000000000000002\r\nab\r\n" + END, b"8000000000000000\r\nab\r\n" + END,
        b"ffffffffffffffff\r\nab\r\n" + END, b"fffffffffffffffe\r\nab\r\n" + END,
        b"100000000000000000\r\n" + END, b"2\r\nab\r\n7fffffffffffffff\r\nab\r\n" + END,
        b"2;\r\nab\r\n" + END, b"2;;\r\nab\r\n" + END, b"2;=\r\nab\r\n" + END,
        b"2;a=\r\nab\r\n" + END,
        b"2;=b\r\nab\r\n" + END, b"2; a\r\nab\r\n" + END, b"2 ;a\r\nab\r\n" + END,
        b"2;a =b\r\nab\r\n" + END, b"2;a= b\r\nab\r\n" + END, b"2;a b\r\nab\r\n" + END,
        b"2;a=b c\r\nab\r\n" + END, b"2;a=\"b\r\nab\r\n" + END, b"2;a=\"b\"c\r\nab\r\n" + END,
        b"2;a=b\"\r\nab\r\n" + END, b"2;a=\"b\\\"\r\nab\r\n" + END, b"2;a=\"\x00\"\r\nab\r\n" + END,
        b"2;a=\"\r\"\r\nab\r\n" + END, b"2;a=\"\n\"\r\nab\r\n" + END, b"2;a\nb\r\nab\r\n" + END,
        b"2;a\rb\r\nab\r\n" + END, b"2;a=b\n\r\nab\r\n" + END, b"2;a\x7f\r\nab\r\n" + END,
        b"2;a=b=c\r\nab\r\n" + END, b"2;a,b\r\nab\r\n" + END, b"2;a=b;\r\nab\r\n" + END,
        b"2;(a)\r\nab\r\n" + END, b"2;\xe9\r\nab\r\n" + END, b"0;\r\n\r\n",
        b"2;" + b"a" * 4200 + b"\r\nab\r\n" + END, (b"1;" + b"a" * 90 + b"\r\nx\r\n") * 60 + END,
        b"0\r\nX : v\r\n\r\n", b"0\r\nX\t: v\r\n\r\n", b"0\r\n: v\r\n\r\n", b"0\r\nX\r\n\r\n",
        b"0\r\n X: v\r\n\r\n", b"0\r\nX: v\r\n w\r\n\r\n", b"0\r\nX: v\r\n\tw\r\n\r\n",
        b"0\r\nX: v\n\r\n", b"0\r\nX: v\r\n\n", b"0\r\nX: a\x00\r\n\r\n", b"0\r\nX: a\rb\r\n\r\n",
        b"0\r\nX: a\x7f\r\n\r\n", b"0\r\nX\xe9: a\r\n\r\n", b"0\r\nX(): a\r\n\r\n",
        b"0\r\nX: a\x1b\r\n\r\n", b"0\r\n\rX", b"0\r\nGET / HTTP/1.1\r\n\r\n",
        b"0\r\n" + b"X: v\r\n" * 129 + b"\r\n",
        b"0\r\n" + (b"X: " + b"v" * 5000 + b"\r\n") * 4 + b"\r\n"]:
    chunks(body, 400)
for body, payload, sizes in [
        (END, b"", []), (b"000\r\n\r\n", b"", []), (b"0000000000000000\r\n\r\n", b"", []),
        (b"0000000000000002\r\nab\r\n" + END, b"ab", [2]), (b"A\r\n0123456789\r\n" + END,
                                                             b"0123456789", [10]),
        (b"a\r\n0123456789\r\n0a\r\n0123456789\r\n" + END, b"0123456789" * 2, [10, 10]),
        (b"2;a\r\nab\r\n" + END, b"ab", [2]), (b"2;a=b\r\nab\r\n" + END, b"ab", [2]),
        (b"2;a;b;c=d\r\nab\r\n0;e\r\n\r\n", b"ab", [2]), (b"2;a=\"\"\r\nab\r\n" + END, b"ab", [2]),
        (b"2;a=\"b;c=d, \\\"\xe9\"\r\nab\r\n" + END, b"ab", [2]),
        (b"2;!#$%&'*+-.^_`|~=!\r\nab\r\n" + END, b"ab", [2]),
        (b"4\r\n0\r\n\r\r\n" + END, b"0\r\n\r", [4]), (b"2\r\n\r\n\r\n" + END, b"\r\n", [2]),
        (b"5\r\n" + END + b"\r\n" + END, END, [5]),
        (b"1\r\nx\r\n" * 2000 + END, b"x" * 2000, [1] * 2000),
        (b"10000\r\n" + b"z" * 65536 + b"\r\n" + END, b"z" * 65536, [65536]),
        (b"2\r\nab\r\n0\r\nX: v\r\n\r\n", b"ab", [2]), (b"0\r\nX:\r\nY:  \tz\r\n\r\n", b"", []),
        (b"2\r\nab\r\n0\r\nContent-Length: 9\r\nHost: x\r\nTransfer-Encoding: y\r\n\r\n",
         b"ab", [2]),
        (b"0\r\n" + b"X: v\r\n" * 128 + b"\r\n", b"", [])]:
    chunks(body, Sees("POST / HTTP/1.1", body=payload, chunks=sizes, lacks=["X", "Y", "Trailer"]))

# Each limit of a chunked message: one less, as much, one more.


def extension(size):
    """A chunk whose extensions have so many bytes, in two lines."""
    return b"2;a=" + b"x" * (size // 2 - 3) + b"\r\nab\r\n0;" + b"y" * (size - size // 2 - 1) + \
        b"\r\n\r\n"


def trailers(size):
    """A trailer section of so many bytes, its empty line among them."""
    return b"0\r\n" + b"X: %s\r\n" % (b"v" * 4000) * 4 + b"Y: %s\r\n\r\n" % (
        b"w" * (size - 4 * 4005 - 7))


for size in (4095, 4096):
    chunks(extension(size), Sees(body=b"ab", chunks=[2]))
for size in (16383, 16384):
    chunks(trailers(size), Sees(body=b"", lacks=["X", "Y"]))
chunks(b"0\r\n" + b"X: v\r\n" * 127 + b"\r\n", Sees(body=b""))
chunks(extension(4097), 400)
chunks(trailers(16385), 400)

# --- What is no request, and what hides one ------------------------------------

for name, raw, want in [
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400), ("SMTP", b"EHLO h.test\r\n\r\n", 400),
        ("zeroes", bytes(64) + b"\r\n\r\n", 400), ("ones", b"\xff" * 64 + b"\r\n\r\n", 400),
        ("a PROXY line",
         b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nGET / HTTP/1.1\r\n" + H + b"\r\n", 400),
        ("a PROXY head of version 2", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12), 400),
        ("an answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400),
        ("a request in a refused body",
         b"POST / HTTP/1.1\r\n" + H + b"Content-Length: 5x\r\n\r\n" + SMUGGLED,
         400),
        ("a request behind a refused chunk", b"POST / HTTP/1.1\r\n" + H +
         b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + SMUGGLED, 400),
        ("Redis", b"*1\r\n$4\r\nPING\r\n", 400),
        ("RDP", b"\x03\x00\x00\x13\x0e\xe0" + bytes(13) + b"\n", 400)]:
    add(name, raw, want)

# Complete heads whose bodies are still to come: (name, raw).
UNFINISHED = [
    ("post %r" % (lines + body), b"POST / HTTP/1.1\r\n" + H + lines + b"\r\n\r\n" + body)
    for lines, body in [
        (b"Content-Length: 4294967301", b"hello"), (b"Content-Length: 2147483653", b"hello"),
        (b"Content-Length: 9223372036854775807", b"hello"), (b"Content-Length: 6", b"hello"),
        (b"Content-Length: 1", b""), (b"Transfer-Encoding: chunked", b""),
        (b"Transfer-Encoding: chunked", b"5"), (b"Transfer-Encoding: chunked", b"5\r\nhello"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\n"),
        (b"Transfer-Encoding: chunked", b"100000005\r\nhello"),
        (b"Transfer-Encoding: chunked", b"7fffffffffffffff\r\nhello")]]
