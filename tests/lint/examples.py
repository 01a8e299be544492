#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the examples of the manual through the parser: examples.py POUND [ROOT].

An example is what stands between ".Bd -literal" and ".Ed" in man/, or indented
in the README, and holds a whole block of a listener. The sample configuration in etc/ is one more, and the
lines that follow "Example:" in the descriptions of directives make another.
Each has to pass "pound -c". Files that an example names are made where they are missing:
the paths below /etc/pound are moved to a folder of our own, which has what
etc/pound has.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

MANUALS = ("man/pound.cfg.5", "man/pound.8")
README = "README"
SAMPLE = "etc/pound/pound.cfg"
DISPLAY = re.compile(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", re.M | re.S)
INDENTED = re.compile(r"^(?: {4}.*\n)+", re.M)
LISTENER = re.compile(r"^ListenHTTPS?$.*^End$", re.M | re.S)
LINE = re.compile(r"^Example:\n\.Ql (.*) \.$", re.M)
ALL_LINES = """\
%(GLOBAL DIRECTIVES)s
ListenHTTP
%(LISTENERS)s
%(SERVICES IN DETAIL)s
BackEnd
%(BACK-ENDS IN DETAIL)s
End
Session
%(SESSIONS)s
End
End
End
ListenHTTPS
Address 127.0.0.1
Port 443
%(HTTPS LISTENERS)s
End
"""
ESCAPES = {"\\e": "\\", "\\&": "", "\\-": "-", "\\(dq": '"', "\\(aq": "'"}


class Example:
    def __init__(self, path, line, text):
        self.name = "%s, line %d" % (path, line)
        self.text = text


def plain(text):
    """What a reader of the manual sees."""
    return re.sub(r"\\(?:\(..|.)", lambda m: ESCAPES[m.group(0)], text)


def all_lines(page):
    """One configuration of all lines that show a single directive; "Service"
    of the listeners opens the block for those of services."""
    sections = re.split(r"^\.Sh (.*)\n", page, flags=re.M)
    lines = {title: "\n".join(
        line for line in map(plain, LINE.findall(text))
        if line != "ListenHTTP" and line != 'Service "everywhere"')
        for title, text in zip(sections[1::2], sections[2::2])}
    return ALL_LINES % lines


def examples(root):
    for path in MANUALS:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            page = file.read()
        if len(LINE.findall(page)) != page.count("\nExample:\n"):
            sys.exit("%s: Example: is not followed by .Ql TEXT ." % path)
        if LINE.search(page):
            yield Example("all single lines of " + path, 1, all_lines(page))
        for display in DISPLAY.finditer(page):
            if not LISTENER.search(display.group(1)):
                continue
            yield Example(path, page.count("\n", 0, display.start()) + 1,
                          plain(display.group(1)))
    with open(os.path.join(root, README), encoding="utf-8") as file:
        page = file.read()
    for block in INDENTED.finditer(page):
        text = re.sub(r"^ {4}", "", block.group(0), flags=re.M)
        if LISTENER.search(text):
            yield Example(README, page.count("\n", 0, block.start()) + 1,
                          text)
    with open(os.path.join(root, SAMPLE), encoding="utf-8") as file:
        yield Example(SAMPLE, 1, file.read())


def certificate(path):
    """A throw-away certificate and its key in one file."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=shop.example", "-keyout", path, "-out", path + ".crt"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "a") as pem, open(path + ".crt") as crt:
        pem.write(crt.read())
    os.unlink(path + ".crt")


def revocations(path):
    """A list of revoked certificates, with nothing in it."""
    certificate(path)
    with open(path + ".cnf", "w") as settings, open(path + ".db", "w"):
        settings.write("[ca]\ndefault_ca=x\n[x]\ndatabase=%s.db\n"
                       "default_md=sha256\ndefault_crl_days=2\n" % path)
    subprocess.run(
        ["openssl", "ca", "-gencrl", "-config", path + ".cnf", "-cert", path,
         "-keyfile", path, "-out", path + ".crl"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.replace(path + ".crl", path)


def furnish(text, folder, root):
    """Move /etc/pound into folder and make what the text names there."""
    for name in os.listdir(os.path.join(root, "etc", "pound")):
        shutil.copy(os.path.join(root, "etc", "pound", name), folder)
    for name in set(re.findall(r'"/etc/pound/([\w./*-]+\.pem)"', text)):
        path = os.path.join(folder, name.replace("*", "any"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        (revocations if "crl" in name else certificate)(path)
    return text.replace('"/etc/pound/', '"%s/' % folder)


def complaints(pound, example, root):
    """Why "pound -c" does not take the example, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        text = furnish(example.text, folder, root)
        path = os.path.join(folder, "example.cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([pound, "-c", "-f", path], text=True, timeout=30,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = done.stdout + done.stderr
    if done.returncode == 0:
        if "Config file %s is OK" % path in done.stdout:
            return ""
        return "status 0 without a word that the file is OK\n" + said
    return "status %d\n%s" % (done.returncode, said)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: examples.py POUND [ROOT]")
    root = sys.argv[2] if len(sys.argv) == 3 else "."
    found = list(examples(root))
    print("1..%d" % len(found))
    failed = 0
    for number, example in enumerate(found, 1):
        why = complaints(sys.argv[1], example, root)
        failed += why != ""
        print("%s %d - %s" % ("not ok" if why else "ok", number, example.name))
        for line in why.splitlines():
            print("# " + line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
