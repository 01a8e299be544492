#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
# time limit: 400
"""litmus and cadaver against apache2 with mod_dav: through Pound as directly."""

import subprocess

from peers import *

apache = Apache("""
DavLockDB @folder@/locks/db
<Directory @folder@/www>
	Dav On
	Require all granted
</Directory>
""", "dav", "dav_fs")
apache.mkdir("locks")
apache.start()
PEM = certificate("127.0.0.1")
ON = "xHTTP 2\nRewriteDestination 1\n" + service(backend(apache))
PLAIN = "xHTTP 2\n" + service(backend(apache))


def https(port, inner):
    return block("ListenHTTPS", "Address 127.0.0.1", "Port @%s@" % port, 'Cert "%s"' % PEM,
                 inner) + "\n"


pound = Pound("Client 10\nTimeOut 20\nLogLevel 3\n" + listener(ON) + https("tls", ON)
              + https("without", PLAIN))
direct = []


def litmus(url, *options):
    """The results of each test: [(number, name, result)]."""
    folder = apache.mkdir("www/" + url.split(":")[-1].strip("/").replace("/", "-"))
    work = Peer(None).folder  # litmus writes a log of what it did
    done = subprocess.run(
        ["litmus", *options, url + "/" + os.path.basename(folder) + "/"], cwd=work,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200,
        env={name: value for name, value in os.environ.items() if name != "TESTS"})  # it is make's
    text = done.stdout.decode("latin-1")
    results = []
    for line in text.replace("\r", "\n").splitlines():
        found = re.match(r" *(\d+)\. ([\w]+)\.* *(pass|FAIL|SKIPPED|WARNING)?", line)
        if found and found.group(3):
            results.append(found.groups())
    return results, text


def test_directly():
    results, text = litmus("http://127.0.0.1:%d" % apache.port)
    assert len(results) > 60, text
    direct.extend(results)
    say("litmus directly: %s", summary(results))


def summary(results):
    kinds = [kind for _, _, kind in results]
    return ", ".join("%d %s" % (kinds.count(kind), kind) for kind in sorted(set(kinds)))


def compare(results, text, but=()):
    wanted = [line for line in direct if line[1] not in but]
    results = [line for line in results if line[1] not in but]
    differ = ["%s: directly %s" % (got, want) for got, want in zip(results, wanted) if got != want]
    assert results == wanted, "%s\n%s" % ("\n".join(differ), text[-3000:])


def test_through_pound():
    """The same results, one by one."""
    compare(*litmus("http://127.0.0.1:%d" % pound.port))


def test_over_tls():
    """The back-end is spoken to in http; Destination says so, too. (litmus leaves one of
    its tests out over TLS.)"""
    compare(*litmus("https://127.0.0.1:%d" % pound.ports["tls"]), but=["expect100"])


def test_without_rewriting():
    """What RewriteDestination is for: the server does not know itself in an https URL."""
    results, text = litmus("https://127.0.0.1:%d" % pound.ports["without"])
    failed = [name for _, name, kind in results if kind == "FAIL"]
    assert any("copy" in name or "move" in name for name in failed), text[-2000:]


def cadaver(url, *commands):
    """What a session of commands says."""
    folder = Peer(None).folder
    with open(folder + "/words", "w") as file:
        file.write("words of a file\n" * 1000)
    script = "\n".join(["open %s/" % url, "lcd " + folder, *commands, "quit"]) + "\n"
    done = subprocess.run(["cadaver"], input=script.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60,
                          env=dict(os.environ, HOME=folder, TERM="dumb"))
    return done.stdout.decode(), folder


def test_cadaver():
    said, folder = cadaver(
        "http://127.0.0.1:%d" % pound.port, "mkcol shelf", "put words shelf/one",
        "copy shelf/one shelf/two", "move shelf/two shelf/three", "get shelf/three back",
        "ls shelf", "lock shelf/one", "unlock shelf/one", "propset shelf/one colour red",
        "propget shelf/one colour", "delete shelf/one", "rmcol shelf")
    equal(said.count("succeeded"), 11, said)
    assert "red" in said and "three" in said, said
    with open(folder + "/back", "rb") as file:
        equal(file.read(), b"words of a file\n" * 1000)


def test_log():
    """Nothing went wrong; litmus has one request that is to be refused."""
    lines = pound.quiet().since(0, r"\be\d\d\d |put right")
    equal([line for line in lines if "/litmus/frag/#ment HTTP/1.1" not in line], [])


main(limit=380)
