#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 200
"""The demo as ./quickstart runs it: curl and browsers over HTTP and HTTPS."""

import hashlib
import signal
import ssl
import subprocess
import threading
import urllib.request

from peers import *
from chromium import Chromium
from lib.ports import binary

DEMO = os.path.join(HERE, "..", "..", "etc", "demo", "demo.py")


def free_pair():
    """A port whose neighbour for HTTPS is free, too; both are given up here."""
    held, port = hold_port()
    held.close()
    return port


class Demo(Peer):
    """What it prints is in .lines."""

    def __init__(self):
        super().__init__(None)
        command = [sys.executable, "-B", DEMO, os.path.abspath(binary()), str(free_pair()),
                   self.folder + "/demo"]
        self.command, self.lines = command, []
        self.more = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.start()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.urls = re.findall(r"https?://127\.0\.0\.1:[0-9]+/", self.wait("Pound serves h")[0])
        self.wait("Ctrl-C ends")

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def since(self, mark, pattern):
        return [line for line in self.lines[mark:] if re.search(pattern, line)]

    def wait(self, pattern, mark=0, count=1):
        until(lambda: len(self.since(mark, pattern)) >= count, "a line like " + pattern, 20)
        return self.since(mark, pattern)


demo = Demo()
HTTP, HTTPS = demo.urls
PEM = demo.folder + "/demo/demo.pem"


def test_certificate():
    """Made on the spot, for this machine, its key for nobody else."""
    equal(os.stat(PEM).st_mode & 0o777, 0o600)
    context = ssl.create_default_context(cafile=PEM)
    for url in (HTTPS, HTTPS.replace("127.0.0.1", "localhost")):
        page = urllib.request.urlopen(url, context=context, timeout=10).read()
        assert b"<h1>This is " in page, page


def run(command):
    return subprocess.run(["bash", "-c", command], cwd=demo.folder, capture_output=True, timeout=30)


def test_commands():
    """What the greeting proposes does what it says."""
    ran = [line.strip() for line in demo.lines if re.match(r"    (for |curl|\S*poundctl)", line)]
    ran = [re.split(r"  +", line)[0] for line in ran if " top" not in line]
    assert len(ran) >= 8, ran
    for command in ran:
        done = run(command)
        equal(done.returncode, 0, command)
        assert done.stdout or re.search(" -[bB] ", command), command
    one = run(ran[1]).stdout.split()
    equal((len(one), len(set(one))), (8, 1), "back-ends of one basket")
    fields = run(next(c for c in ran if "--cacert" in c)).stdout
    assert b"\nX-Forwarded-Proto: https\n" in fields, fields


def test_chromium():
    """Every request of the page succeeds, its WebSocket too, over both; the
    certificate is believed because the profile knows it, and not without."""
    browser = Chromium(PEM, itself=True)

    def one(name, url):
        mark = len(demo.lines)
        browser.open(url)
        browser.wait("document.getElementById('echo').textContent", "open\necho: hello")
        assert re.fullmatch("This is (apple|banana)",
                            browser.value("document.querySelector('h1').textContent"))
        until(lambda: all(s is not None for _, s in browser.requests()), "all answers")
        asked = dict(browser.requests())
        equal((asked[url], asked[url.replace("http", "ws") + "socket"]), (200, 101))
        assert set(asked.values()) <= {200, 101}, asked
        equal(browser.errors(), [], "its console")
        browser.leave()
        demo.wait(r"GET /socket HTTP/1\.1 - HTTP/1\.1 101 ", mark)
        port = url.split(":")[2].strip("/")
        equal([line for line in demo.since(mark, "^127") if not re.search(
            r" - HTTP/1\.1 (200|101) .*\(127\.0\.0\.1:%s/fruit -> " % port, line)], [])
    each([("http", HTTP), ("https", HTTPS)], one)
    try:
        Chromium().open(HTTPS)
    except AssertionError as error:
        assert "ERR_CERT_AUTHORITY_INVALID" in str(error), error
    else:
        raise AssertionError("a certificate that nobody has signed was believed")


def fingerprint():
    with open(PEM) as file:
        text = re.search("-+BEGIN CERT.*?END CERT[^\n]*", file.read(), re.S).group()
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest().upper()
    return ":".join(digest[i:i + 2] for i in range(0, 64, 2))


def test_firefox():
    """Its page and its WebSocket over both, once somebody has accepted the certificate."""
    def one(_, url):
        profile, mark = Peer(None).folder, len(demo.lines)
        with open(profile + "/cert_override.txt", "w") as file:
            file.write("%s:\tOID.2.16.840.1.101.3.4.2.1\t%s\t\n" % (
                url.split("/")[2], fingerprint()))
        for _ in range(3):  # it takes its picture without waiting for the WebSocket
            subprocess.run(["firefox-esr", "--headless", "--profile", profile, "--screenshot",
                            profile + "/page.png", url], env=dict(os.environ, HOME=profile),
                           check=True, capture_output=True, timeout=60 * SLOW)
            if demo.since(mark, "GET /socket "):
                break
        demo.wait(r"GET /socket HTTP/1\.1 - HTTP/1\.1 101 .*\(%s/fruit -> " % url.split("/")[2], mark)
        assert os.path.getsize(profile + "/page.png") > 1000
        equal([line for line in demo.since(mark, "^127") if "HTTP/1.1 200" not in line
               and "HTTP/1.1 101" not in line], [])
    each([("http", HTTP), ("https", HTTPS)], one)


def test_text_browsers():
    """lynx and w3m show what there is without scripts."""
    def text(name, *options):
        done = subprocess.run([name, *options, HTTP], capture_output=True, timeout=30, text=True,
                              env=dict(os.environ, TERM="dumb", HOME=demo.folder))
        equal(done.returncode, 0)
        assert re.search("This is (apple|banana)", done.stdout), done.stdout
        assert "a browser that runs scripts" in done.stdout, done.stdout
    each([("lynx", "-dump"), ("w3m", "-dump")], text)


def test_end():
    """Ctrl-C ends it, and all that it has started."""
    started = children_of(demo.process.pid)
    assert len(started) >= 4, started
    demo.process.send_signal(signal.SIGINT)
    equal(demo.process.wait(20), 0)
    until(lambda: not [pid for pid in started if os.path.exists("/proc/%d" % pid)], "their end")
    equal(demo.since(0, "e[0-9]{3} |MONITOR"), [])


main(limit=190)
