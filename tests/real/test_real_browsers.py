#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 300
"""The page of the demo in browsers: its WebSocket over ws and wss, and without scripts."""

import subprocess

from peers import *
from chromium import Chromium

DEMO = os.path.join(HERE, "..", "..", "etc", "demo", "backend.py")
held, port = hold_port()
apple = Peer([sys.executable, "-B", DEMO, "apple", str(port)], port, held,
             stdout=subprocess.DEVNULL).start()
PEM = certificate("127.0.0.1", "localhost")
pound = Pound("Client 10\nTimeOut 10\nLogLevel 3\n" + listener(service(backend(apple)))
              + block("ListenHTTPS", "Address 127.0.0.1", "Port @tls@", 'Cert "%s"' % PEM,
                      service(backend(apple))) + "\n")
URLS = {"ws": "http://127.0.0.1:%d/" % pound.port,
        "wss": "https://127.0.0.1:%d/" % pound.ports["tls"]}


def show(*command):
    """What a browser prints; it has a home of its own."""
    folder = Peer(None).folder
    command = [word.replace("@folder@", folder) for word in command]
    env = dict(os.environ, HOME=folder, TERM="dumb", MOZ_HEADLESS="1")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env, timeout=90 * SLOW)
    assert done.returncode == 0, "%s: %d\n%s" % (command[0], done.returncode, done.stderr[-2000:])
    return done.stdout.decode("utf-8", "replace")


def tunnel_since(mark, browser):
    """The line of the page's WebSocket: the echo of "hello" has seven bytes at least."""
    line = pound.wait_log(r'"GET /socket HTTP/1\.1" 101 ', mark, timeout=20)[0]
    found = re.search(r'" 101 (\d+) "', line)
    assert int(found.group(1)) >= 7 and browser in line, line


def test_chromium():
    browser = Chromium(PEM + ".ca")

    def open_page(_, url):
        mark = pound.quiet().mark()
        browser.open(url)
        browser.wait("document.getElementById('echo').textContent", "open\necho: hello")
        equal(browser.value("document.querySelector('h1').textContent"), "This is apple")
        equal(browser.errors(), [], "its console")
        browser.leave()
        tunnel_since(mark, "Chrome")
    each(list(URLS.items()), open_page)


def test_firefox():
    def open_page(scheme, url):
        mark = pound.quiet().mark()
        profile = Peer(None).folder
        if scheme == "wss":
            show("certutil", "-N", "-d", "sql:" + profile, "--empty-password")
            show("certutil", "-A", "-d", "sql:" + profile, "-n", "test", "-t", "C,,", "-i", PEM + ".ca")
        for _ in range(3):  # it takes its picture without waiting for the echo
            show("firefox-esr", "--headless", "--profile", profile, "--screenshot",
                 profile + "/page.png", url)
            if pound.quiet().since(mark, '" 101 '):
                break
        assert os.path.getsize(profile + "/page.png") > 1000
        tunnel_since(mark, "Firefox")
    each(list(URLS.items()), open_page)


def test_without_scripts():
    """lynx and w3m show the page, its links, and the answer to a form."""
    def text(*command):
        page = show(*command, URLS["ws"])
        assert "This is apple" in page and "a redirect that Pound itself sends" in page, page
    each([("lynx", "-dump"), ("w3m", "-dump")], text)
    assert "Host: 127.0.0.1:%d" % pound.port in show("lynx", "-dump", URLS["ws"] + "echo")
    assert "X-Forwarded-For: 127.0.0.1" in show("w3m", "-dump", URLS["ws"] + "echo")


def test_log():
    """Nothing was refused, and nothing went wrong."""
    equal(pound.quiet().since(0, r"\be\d\d\d |put right|dropped"), [])


main(limit=280)
