#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 200
"""nginx, Apache, Node, PHP's and Python's own servers, waitress, gunicorn, Tomcat:
through Pound curl sees what it sees of them directly: pages, uploads, redirects,
304, HEAD, kept connections.  A server that is not installed fails the file."""

import hashlib
import os
import random
import shutil
import subprocess
import sys

from peers import *

WORK = Peer(None).folder
WWW = os.path.join(WORK, "www")
NOISE = random.Random(2)
# The connection's own, the clock's, and PHP's echo of Host.
OURS = ("date", "connection", "keep-alive", "transfer-encoding", "content-length", "host")

APACHE = """
ServerRoot @folder@
PidFile @folder@/pid
Listen 127.0.0.1:@port@
ServerName h.test
ErrorLog @folder@/error.log
DefaultRuntimeDir @folder@
Mutex file:@folder@
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
DocumentRoot @www@
Redirect 302 /moved http://127.0.0.1:@port@/page
<Directory @www@>
	Require all granted
</Directory>
"""

NODE = """
const http = require('http'), fs = require('fs'), crypto = require('crypto');
const www = process.argv[2], port = process.argv[1];
http.createServer((req, res) => {
	if (req.url === '/moved') {
		res.writeHead(302, {Location: 'http://127.0.0.1:' + port + '/page'});
		return res.end('moved');
	}
	if (req.method === 'POST') {
		const sum = crypto.createHash('sha256');
		req.on('data', (part) => sum.update(part));
		return req.on('end', () => res.end(sum.digest('hex')));
	}
	const path = www + req.url;
	if (!fs.existsSync(path)) { res.writeHead(404); return res.end('none'); }
	const tag = '"' + fs.statSync(path).size + '"';
	if (req.headers['if-none-match'] === tag) {
		res.writeHead(304, {ETag: tag});
		return res.end();
	}
	res.writeHead(200, {ETag: tag, 'Content-Type': 'application/octet-stream'});
	if (req.method === 'HEAD') return res.end();
	fs.createReadStream(path).pipe(res);
}).listen(port, '127.0.0.1');
"""

PHP = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path == '/moved') {
	header('Location: http://127.0.0.1:' . $_SERVER['SERVER_PORT'] . '/page', true, 302);
	echo 'moved';
} elseif ($_SERVER['REQUEST_METHOD'] == 'POST') {
	echo hash('sha256', file_get_contents('php://input'));
} elseif (file_exists(__DIR__ . $path)) {
	return false;
} else {
	http_response_code(404);
	echo 'none';
}
"""


WSGI = """
import hashlib, os

WWW = %r


def app(environ, start):
    path, method = environ['PATH_INFO'], environ['REQUEST_METHOD']
    if path == '/moved':
        start('302 Found', [('Location', 'http://127.0.0.1:%%s/page' %% environ['SERVER_PORT'])])
        return [b'moved']
    if method == 'POST':
        data = hashlib.sha256()
        while part := environ['wsgi.input'].read(65536):
            data.update(part)
        start('200 OK', [('Content-Type', 'text/plain')])
        return [data.hexdigest().encode()]
    if not os.path.isfile(WWW + path):
        start('404 Not Found', [('Content-Type', 'text/plain')])
        return [b'none']
    with open(WWW + path, 'rb') as file:
        body = file.read()
    fields = [('ETag', '"%%d"' %% len(body))]
    if environ.get('HTTP_IF_NONE_MATCH') == fields[0][1]:
        start('304 Not Modified', fields)
        return []
    fields += [('Content-Type', 'application/octet-stream'), ('Content-Length', str(len(body)))]
    start('200 OK', fields)
    return [] if method == 'HEAD' else [body]
"""

TOMCAT = {  # file: content
    "conf/server.xml": """<Server port="-1"><Service name="Catalina">
<Connector port="@port@" address="127.0.0.1" protocol="HTTP/1.1"/>
<Engine name="Catalina" defaultHost="localhost">
<Host name="localhost" appBase="none" autoDeploy="false"><Context path="" docBase="@folder@/web"/>
</Host></Engine></Service></Server>""",
    "conf/web.xml": """<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
<servlet><servlet-name>default</servlet-name>
<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>
<servlet><servlet-name>jsp</servlet-name>
<servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class></servlet>
<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
<servlet-mapping><servlet-name>jsp</servlet-name><url-pattern>*.jsp</url-pattern></servlet-mapping>
</web-app>""",
    "web/WEB-INF/web.xml": """<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
<servlet><servlet-name>post</servlet-name><jsp-file>/post.jsp</jsp-file></servlet>
<servlet><servlet-name>moved</servlet-name><jsp-file>/moved.jsp</jsp-file></servlet>
<servlet-mapping><servlet-name>post</servlet-name><url-pattern>/post</url-pattern></servlet-mapping>
<servlet-mapping><servlet-name>moved</servlet-name><url-pattern>/moved</url-pattern>
</servlet-mapping></web-app>""",
    "web/moved.jsp": """<%@ page session="false" %><%
response.sendRedirect("http://127.0.0.1:@port@/page"); %>""",
    "web/post.jsp": """<%@ page session="false" trimDirectiveWhitespaces="true" %><%
java.security.MessageDigest sum = java.security.MessageDigest.getInstance("SHA-256");
byte[] part = new byte[65536];
for (int n; (n = request.getInputStream().read(part)) > 0; ) sum.update(part, 0, n);
StringBuilder text = new StringBuilder();
for (byte b : sum.digest()) text.append(String.format("%02x", b));
out.print(text);
%>""",
}
JARS = "/usr/share/tomcat10/bin/bootstrap.jar:/usr/share/tomcat10/bin/tomcat-juli.jar"


def make_files():
    os.mkdir(WWW)
    for name, size in (("page", 1000), ("empty", 0), ("large", 3 << 20)):
        with open(os.path.join(WWW, name), "wb") as file:
            file.write(NOISE.randbytes(size))
        os.utime(os.path.join(WWW, name), (1.7e9, 1.7e9))  # Apache: a new file's ETag is weak
    for name, content in (("router.php", PHP), ("wsgi_app.py", WSGI % WWW)):
        with open(os.path.join(WWW, name), "w") as file:
            file.write(content)
    for path, _, _ in os.walk(WORK):
        os.chmod(path, 0o755)


def server(command):
    held, port = hold_port()
    words = [word.replace("@port@", str(port)).replace("@www@", WWW) for word in command]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return Peer(words, port, held, **quiet).start()


def apache():
    held, port = hold_port()
    peer = Peer(None, port, held, stderr=subprocess.DEVNULL)
    os.chmod(peer.folder, 0o777)
    text = APACHE.replace("@folder@", peer.folder).replace("@port@", str(port))
    if os.geteuid() == 0:
        text += "User www-data\nGroup www-data\n"
    path = os.path.join(peer.folder, "apache.conf")
    with open(path, "w") as file:
        file.write(text.replace("@www@", WWW))
    program = shutil.which("apache2", path=os.environ.get("PATH", "") + ":/usr/sbin")
    assert program, "apache2 is not installed"
    peer.command = [program, "-DFOREGROUND", "-f", path]
    return peer.start()


def php():
    return server(["php", "-q", "-S", "127.0.0.1:@port@", "-t", "@www@", "@www@/router.php"])


def node():
    return server(["nodejs", "-e", NODE, "@port@", "@www@"])


def nginx():
    """Uploads to it: test_real_nginx_curl."""
    peer = Nginx("server { listen 127.0.0.1:@port@; root %s;\n"
                 "location = /moved { return 302 http://127.0.0.1:@port@/page; } }" % WWW)
    return peer.start()


def gunicorn():
    return server([sys.executable, "-m", "gunicorn", "--threads", "4", "-b", "127.0.0.1:@port@",
                   "--pythonpath", "@www@", "--worker-tmp-dir", "@www@", "wsgi_app:app"])


def waitress():
    return server([sys.executable, "-c", "import sys; sys.path.insert(0, '@www@')\n"
                   "import waitress, wsgi_app\n"
                   "waitress.serve(wsgi_app.app, listen='127.0.0.1:@port@')"])


def tomcat():
    held, port = hold_port()
    peer = Peer(None, port, held, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for folder in ("conf", "web/WEB-INF", "logs", "temp", "work", "none"):
        os.makedirs(os.path.join(peer.folder, folder))
    for name, text in TOMCAT.items():
        with open(os.path.join(peer.folder, name), "w") as file:
            file.write(text.replace("@port@", str(port)).replace("@folder@", peer.folder))
    for name in ("page", "empty", "large"):
        shutil.copy2(os.path.join(WWW, name), os.path.join(peer.folder, "web"))
    assert os.path.exists(JARS.split(":")[0]), "Tomcat is not installed"
    peer.command = ["java", "-Xmx128m", "-cp", JARS, "-Dcatalina.home=/usr/share/tomcat10",
                    "-Dcatalina.base=" + peer.folder, "-Djava.io.tmpdir=%s/temp" % peer.folder,
                    "org.apache.catalina.startup.Bootstrap", "start"]
    return peer.start()


def python():
    return server([sys.executable, "-m", "http.server", "@port@", "--bind", "127.0.0.1",
                   "--directory", "@www@"])


SERVERS = [  # name, function, what it cannot do
    ("nginx", nginx, ("post",)), ("waitress", waitress, ()), ("gunicorn", gunicorn, ()),
    ("Tomcat", tomcat, ()), ("Apache", apache, ("post",)), ("Node", node, ()), ("PHP", php, ("etag",)),
    ("Python", python, ("post", "moved", "etag")),
]


def curl(port, path, *args):
    """(status, fields, body)."""
    out, head = os.path.join(WORK, "out"), os.path.join(WORK, "head")
    for name in (out, head):
        with open(name, "wb"):
            pass
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "20", "-o", out, "-D", head, "-w", "%{http_code}", *args,
         "http://127.0.0.1:%d%s" % (port, path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, "curl: %d %r" % (done.returncode, done.stderr)
    with open(out, "rb") as file:
        body = b"" if "-I" in args else file.read()
    with open(head, encoding="latin-1") as file:
        lines = [line.strip().split(": ", 1) for line in file if ": " in line]
    fields = {n.lower(): v for n, v in lines if n.lower() not in OURS}
    return int(done.stdout), fields, body


def alike(direct, through, path, *args):
    """The same status, fields and body; a Location names the one asked."""
    one, other = curl(direct, path, *args), curl(through, path, *args)
    for answer, port in ((one, direct), (other, through)):
        if "location" in answer[1]:
            answer[1]["location"] = answer[1]["location"].replace(":%d" % port, ":P")
    equal((other[0], other[1], hashlib.sha256(other[2]).hexdigest()),
          (one[0], one[1], hashlib.sha256(one[2]).hexdigest()), "%s %r" % (path, args))
    return other


def served_alike(name, start, cannot):
    peer = start()
    pound = Pound("Client 10\nTimeOut 10\nLogLevel 0\n"
                  + listener("xHTTP 1", service(backend(peer))) + "\n")
    ports = peer.port, pound.port
    with open(os.path.join(WWW, "large"), "rb") as file:
        large = file.read()
    equal(alike(*ports, "/large")[2], large)
    for path in ("/page", "/empty", "/none", "/page?q=%20"):
        alike(*ports, path)
    for path in ("/page", "/large"):
        equal(alike(*ports, path, "-I")[0], 200)
        alike(*ports, path, "-0")
    if "etag" not in cannot:
        tag = curl(peer.port, "/page")[1]["etag"]
        equal(alike(*ports, "/page", "-H", "If-None-Match: " + tag)[0], 304)
    else:
        alike(*ports, "/page", "-H", "If-Modified-Since: Fri, 31 Dec 2100 00:00:00 GMT")
    if "moved" not in cannot:
        equal(alike(*ports, "/moved")[0], 302)
    if "post" not in cannot:
        sent = ["--data-binary", "@" + os.path.join(WWW, "large")]
        for more in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect:"]):
            equal(alike(*ports, "/post", *sent, *more)[2].decode(),
                  hashlib.sha256(large).hexdigest())
    kept(pound.port)
    pound.stop()
    peer.close()


def kept(port):
    """Whatever the server does, the client's connection is kept."""
    with Client(port) as client:
        sizes = [len(client.get(path).body) for path in ("/page", "/empty", "/large", "/page")]
        equal(sizes, [1000, 0, 3 << 20, 1000])


def test_alike():
    make_files()
    each(SERVERS, served_alike)


main(limit=180)
