#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 120
"""Three classic set-ups run as their files are written, byte for byte.

The addresses, ports, users and paths in them are those of a machine in use, so the test has
a network and mounts of its own: nothing of it is seen outside.
"""

import os
import sys

if os.environ.get("POUND_OWN_NETWORK") != "yes":
    become = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env"]
    os.execvp((become + ["env"])[0], become + [
        "env", "POUND_OWN_NETWORK=yes", "unshare", "--net", "--mount", sys.executable, "-B",
        *sys.argv])

import collections
import shutil
import signal
import subprocess

from peers import *
from lib.ctl import poundctl
from lib.ports import binary
from lib import pki
from lib.tls import TlsClient, client_context

CLASSIC = os.path.join(HERE, "classic")
ANY = client_context(verify=False)
SHOPS = ["shop%02d.example" % i for i in range(40)]
HOME = "/srv/pound"


def machine():
    """The addresses and the files that the configurations speak of."""
    for command in ("mount -t tmpfs none /srv", "mount -t tmpfs none /run", "ip link set lo up"):
        subprocess.run(command.split(), check=True)
    for address in ("192.0.2.10", "192.0.2.20", "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.5",
                    "10.1.0.6", "10.1.0.9"):
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)
    os.makedirs(HOME + "/jail")
    write("sorry.html", "<p>We are sorry.</p>")
    write("certificates.inc", "".join('Cert "%s/%s.pem"\n' % (HOME, name) for name in SHOPS))
    write("services.inc", "".join("""
Service "%s"
	HeadRequire "Host:.*%s.*"
	BackEnd
		Address 10.1.0.2
		Port %d
	End
End
""" % (name, name.replace(".", "\\."), 8000 + i % 2) for i, name in enumerate(SHOPS)))
    for path, names in [("market", ["www.market.example", "market.example"]), ("mail", [
            "mail.example"])] + [(name, [name]) for name in SHOPS]:
        shutil.copy(pki.self_signed(path, names).pem, "%s/%s.pem" % (HOME, path))


def write(name, text):
    with open(os.path.join(HOME, name), "w") as file:
        file.write(text)


def stands(where, answer=None, script=None):
    """An Origin at an address of the machine; who was asked is in the answer."""
    host, port = where.split(":")
    origin = Origin(answer or reply(where.encode()), script=script, up=False)
    origin.held.close()
    origin.host, origin.port = host, int(port)
    return origin.up()


class Classic(Pound):
    """Pound with a file as it is; front says when it is ready."""

    def __init__(self, name, front, mode=""):
        path = os.path.join(CLASSIC, name + ".cfg")
        with open(path) as file:
            self.written = file.read()
        super().__init__("", mode=mode, wait=None)
        self.args = [binary(), "-f", path] + [mode] * bool(mode)
        checked = subprocess.run(self.args[:3] + ["-c"], capture_output=True, text=True)
        equal((checked.returncode, checked.stderr), (0, ""))
        self.pid_file = "/var/run/pound.pid"
        self.start(False)
        until(lambda: self.answers(*front), "Pound's first accept", 20)
        until(lambda: os.path.exists(self.pid_file), "pid file")

    def answers(self, host, port):
        try:
            Client(port, host=host).close()
            return True
        except OSError:
            return False

    def end(self):
        """By the process number in its file, as an init script does it."""
        with open(self.pid_file) as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGTERM)
        until(lambda: not alive(pid), "its end", 10)
        equal(self.process.wait(10), 0)
        assert not os.path.exists(self.pid_file)
        Pound.instances.remove(self)
        shutil.rmtree(self.folder)


def get(where, target, host, *fields, method="GET", body=None):
    address, port = where.split(":")
    with Client(int(port), host=address) as client:
        client.request(target, "Host: " + host, *fields, method=method, body=body)
        return client.answer(method)


def secure(where, name, target="/", *fields, host=None, method="GET", body=None):
    """(the certificate's bytes, the answer)"""
    address, port = where.split(":")
    with TlsClient(int(port), ANY, name, host=address) as client:
        der = client.tls.getpeercert(True)
        client.request(target, "Host: " + (host or name), *fields, method=method, body=body)
        return der, client.answer(method)


def test_zope():
    """Names, pictures, sessions, redirects between its own addresses, HAport, Emergency."""
    at = "192.0.2.10:80"
    one, two, three, files = (stands(w) for w in ("10.1.0.1:8080", "10.1.0.2:8080",
                                                 "10.1.0.3:8080", "10.1.0.9:80"))
    alive, spare = stands("10.1.0.1:8098"), stands("10.1.0.9:81")
    pound = Classic("zope", ("192.0.2.10", 80))
    equal(pound.process.wait(20), 0)  # it has gone to the background
    equal(get(at, "/img/rose.jpg", "www.garden.example").body, b"10.1.0.9:80")
    equal(get(at, "/img/ROSE.JPG", "www.garden.example").body[:5], b"10.1.")
    files.take()
    answer = get(at, "/roses/index_html?-C=", "garden.example")
    equal((answer.status, answer.get("Location")),
          (301, "http://www.garden.example/roses/index_html?-C="))
    count = collections.Counter(get(at, "/", "www.garden.example").body for _ in range(90))
    assert 45 <= count[b"10.1.0.1:8080"] <= 75 and len(count) == 2, count
    for user in range(8):
        equal(len({get(at, "/manage", "www.garden.example", "Cookie: __ac=user%d" % user).body
                   for _ in range(6)}), 1)
    one.answer = two.answer = lambda request: reply(
        b"", "Location: http://%s:8080/manage_main" % request.conn.sock.getsockname()[0],
        status="302 Moved Temporarily")
    answer = get(at, "/manage", "www.garden.example", "X-Forwarded-Host: evil.example")
    equal(answer.get("Location"), "http://www.garden.example/manage_main")
    seen = (one.take() + two.take())[-1]
    equal(seen.all("X-Forwarded-Host"), ["www.garden.example"])
    equal(seen.get("X-Forwarded-For"), "192.0.2.10")
    equal(get(at, "/", "www.school.example").body, b"10.1.0.3:8080")
    equal(get(at, "/", "www.school.example", "User-Agent: EmailSiphon 1.0").status, 503)
    three.down()
    equal(get(at, "/", "www.school.example").body, b"10.1.0.9:81")
    answer = get(at, "/", "other.example")
    equal((answer.status, answer.body), (503, b"<p>We are sorry.</p>"))
    alive.down()  # the first of the garden is sick, says its HAport
    until(lambda: re.search(r"10\.1\.0\.1:8080 .* DEAD$", listed(), re.M), "its death", 12)
    equal({get(at, "/", "www.garden.example").get("Location") for _ in range(20)},
          {"http://www.garden.example/manage_main"})
    equal(one.take(), [])
    pound.end()
    for origin in (one, two, three, files, alive, spare):
        origin.close()


def listed():
    code, out, err = poundctl("-c", "/var/run/pound.ctl")
    equal((code, err), (0, ""))
    return out


def test_https_hosts():
    """A certificate and a service for each name; 80 sends to 443."""
    for where in ("10.1.0.1:8000", "10.1.0.2:8000", "10.1.0.2:8001", "127.0.0.1:402"):
        stands(where)
    pound = Classic("https_hosts", ("127.0.0.1", 443))
    at = "192.0.2.10:443"
    for i, name in enumerate(SHOPS):
        der, answer = secure(at, name)
        assert name.encode() in der, "the certificate for " + name
        equal(answer.body, b"10.1.0.2:%d" % (8000 + i % 2))
    for name in ("www.market.example", "market.example", "unknown.example"):
        assert b"www.market.example" in secure(at, name)[0], name
    answer = secure("127.0.0.1:443", "www.market.example")[1]
    equal((answer.body, answer.get("Strict-Transport-Security")),
          (b"10.1.0.1:8000", "max-age=31536000"))
    equal(secure(at, None, host="SHOP07.EXAMPLE")[1].body, b"10.1.0.2:8001")
    equal(secure(at, "x.example")[1].get("Location"), "https://www.market.example/lost")
    for host, target, status, location in (
            ("shop07.example", "/a?b", 301, "https://shop07.example/a?b"),
            ("anything.example", "/c", 302, "https://www.market.example/c")):
        answer = get("192.0.2.10:80", target, host)
        equal((answer.status, answer.get("Location")), (status, location))
    equal(get("192.0.2.10:80", "/.well-known/acme-challenge/x", "shop03.example").body, b"127.0.0.1:402")
    until(lambda: len(pound.out) >= len(SHOPS) + 9, "access lines")
    assert [line for line in pound.out if re.match(
        r'shop01\.example 192\.0\.2\.10 - - \[.*\] "GET / HTTP/1\.1" 200 13 "" "" '
        r"\(shop01\.example -> 10\.1\.0\.2:8001\) \d+\.\d{3} sec$", line)], pound.out[:5]
    pound.end()


def mail_server(conn):
    """Asks for NTLM, then serves; RPC channels as they come."""
    while request := conn.head():
        if request.method == "RPC_IN_DATA":
            conn.drain()
            return
        conn.body(request)
        where = "%s:80" % conn.sock.getsockname()[0]
        if request.method == "RPC_OUT_DATA":
            conn.send(b"HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\n" + where.encode())
            conn.close()
            return
        if not request.get("Authorization"):
            conn.send(reply(b"who?", "WWW-Authenticate: NTLM", status="401 Unauthorized"))
            continue
        conn.send(reply(where.encode(), "Content-Location: http://%s/exchange/me/" % where,
                        "X-Seen: %s %s" % (request.method, request.target), "X-Https: %s" %
                        request.get("Front-End-Https"), "X-To: %s" % request.get("Destination")))


def test_mail_and_files():
    """Outlook's methods, its channels, mobile phones, and litmus on the folder of files."""
    for where in ("10.1.0.5:80", "10.1.0.6:80"):
        stands(where, script=mail_server)
    apache = Apache("DavLockDB @folder@/locks/db\n<Directory @folder@/www>\nDav On\n"
                    "Require all granted\n</Directory>\n", "dav", "dav_fs")
    apache.held.close()
    apache.held, apache.port = None, 8081
    apache.mkdir("locks")
    apache.mkdir("www/files")
    apache.mkdir("www/more")
    apache.start()
    pound = Classic("mail_and_files", ("192.0.2.20", 443))
    at = "192.0.2.20:443"
    outlook(at)
    der, answer = secure(at, "mail.example", "/files/none")
    assert b"mail.example" in der and answer.status == 404, answer.start
    equal(secure(at, "mail.example", "/elsewhere")[1].status, 503)
    for url in ("https://192.0.2.20/files/", "http://127.0.0.1/more/"):
        litmus(url)
    code, out, _ = poundctl("-c", HOME + "/control", "list")
    assert code == 0 and "HTTPS Listener 192.0.2.20:443" in out, out
    pound.end()


def outlook(at):
    with TlsClient(443, ANY, "mail.example", host=at.split(":")[0]) as client:
        for step in (None, "NTLM TlRM", None):  # one connection, as NTLM wants it
            fields = ["Authorization: " + step] if step else []
            client.request("/exchange/me/Inbox/{a}", "Host: mail.example", "Depth: 1", *fields,
                           "Destination: https://mail.example/exchange/me/Sent", method="BMOVE")
            answer = client.answer()
            equal(answer.status, 200 if step else 401)
            if step:
                equal(answer.get("Content-location"), "https://mail.example/exchange/me/")
                equal(answer.get("X-Seen"), "BMOVE /exchange/me/Inbox/{a}")
                equal(answer.get("X-Https"), "on")
                equal(answer.get("X-To"), "http://10.1.0.5:80/exchange/me/Sent")
    got = set()
    for _ in range(6):
        with TlsClient(443, ANY, "mail.example", host=at.split(":")[0]) as client:
            client.request("/rpc/rpcproxy.dll?mail:6001", "Host: mail.example", method="RPC_OUT_DATA")
            client.head()
            got.add(client.rest())
    equal(len(got), 1, "servers of one client's channels")
    phone = secure(at, "mail.example", "/Microsoft-Server-ActiveSync?Cmd=Ping", "Authorization: Basic bWU6cHc=",
                   method="POST", body=b"x" * 1000)[1]
    equal((phone.status, phone.body), (200, b"10.1.0.5:80"))


def litmus(url):
    """All of its tests (test_real_webdav compares them with Apache alone)."""
    folder = Peer(None).folder
    done = subprocess.run(["litmus", "-k", url], cwd=folder, stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={name: value for name, value in os.environ.items() if name != "TESTS"})
    sums = re.findall(r"summary for .(\w+)': of (\d+) tests run: (\d+) passed, (\d+) failed", done.stdout)
    assert len(sums) == 5, done.stdout
    failed = re.findall(r"^ *\d+\. (\w+)\.* *FAIL", done.stdout.replace("\r", "\n"), re.M)
    equal(failed, [], done.stdout[-2000:])


machine()
main(limit=110)
