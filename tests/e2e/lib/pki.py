# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the tests, made on the spot by the openssl command.

	root = Authority("root")
	inter = Authority("inter", root)
	cert = inter.issue("www", ["www.test", "*.wild.test"])
	cert.pem        a file as Cert wants it: certificate, chain, key

All of it stands in one folder below the temporary one, which the harness
removes when the file of tests is done.
"""

import functools
import os
import re
import shutil
import ssl
import subprocess
import tempfile

RSA = ["-newkey", "rsa:2048"]
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
KEYS = {"rsa": RSA, "ec": EC}
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("21000101000000Z", "21010101000000Z")

CONFIG = """
[req]
distinguished_name = name
string_mask = utf8only
[name]
[ca]
default_ca = own
[own]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
[any]
commonName = optional
"""

AUTHORITY = """
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
"""

LEAF = """
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {usage}
{more}
"""


made = []  # every Cert


@functools.lru_cache(maxsize=None)
def folder():
    """Of all certificates of this run."""
    return tempfile.mkdtemp(prefix="pound-pki.")


def clean():
    """Remove all that was made."""
    if folder.cache_info().currsize:
        shutil.rmtree(folder(), ignore_errors=True)
        folder.cache_clear()


def openssl(*args, given=b"", good=True):
    """Run the command; its standard output."""
    env = {k: v for k, v in os.environ.items() if "SAN_OPTIONS" not in k}
    done = subprocess.run(["openssl", *args], input=given, capture_output=True, env=env)
    assert done.returncode == 0 or not good, "openssl %s: %s" % (
        " ".join(args), done.stderr.decode("utf-8", "replace")[-400:])
    return done.stdout


def path(*parts):
    return os.path.join(folder(), *parts)


def write(name, *parts):
    """A file of the parts in the folder, for its owner only; its path."""
    where = path(name)
    with open(where, "wb") as file:
        for part in parts:
            file.write(part if isinstance(part, bytes) else part.encode())
    os.chmod(where, 0o600)
    return where


def read(where):
    with open(where, "rb") as file:
        return file.read()


def pem_of(der):
    """As openssl writes it."""
    return ssl.DER_cert_to_PEM_cert(der).encode()


def is_address(name):
    return bool(re.fullmatch(r"[0-9.]+|[0-9a-f]*:[0-9a-f:]*", name))


def alternative(names):
    """The extension with these names; nothing for none."""
    kinds = ["%s:%s" % ("IP" if is_address(n) else "DNS", n) for n in names]
    return "subjectAltName = " + ", ".join(kinds) if kinds else ""


class Cert:
    """A certificate with its key; crt, chain and key are PEM text."""

    def __init__(self, name, crt, chain, key):
        self.name = name
        self.crt, self.chain, self.key = crt, chain, key
        self.pem = write(name + ".pem", crt, chain, key)
        made.append(self)

    def file(self, name, *parts):
        """Another file of some parts ("crt", "chain", "key" or text)."""
        return write(name, *[getattr(self, p, p) if isinstance(p, str) else p for p in parts])

    def text(self, *options):
        """What `openssl x509` says of it, without the line's end."""
        out = openssl("x509", "-noout", *options, given=self.crt)
        return out.decode("utf-8", "surrogateescape").rstrip("\n")

    def value(self, *options):
        """The same, without the word and the = in front."""
        return self.text(*options).split("=", 1)[1]

    @property
    def one_line(self):
        """The PEM without its line ends."""
        return self.crt.decode().replace("\n", "")


class Authority:
    """A certificate authority: a root, or one below parent."""

    def __init__(self, name, parent=None, key="ec", begin=None, end=None):
        self.name = name
        self.parent = parent
        self.dir = path(name + ".ca")
        os.mkdir(self.dir)
        self.key_file = os.path.join(self.dir, "ca.key")
        self.crt_file = os.path.join(self.dir, "ca.crt")
        self.config = os.path.join(self.dir, "ca.cnf")
        self._write("ca.cnf", CONFIG.format(folder=self.dir))
        self._write("index.txt", "")
        self.count = 0
        if parent:
            made = parent.issue(name, [], key, extensions=AUTHORITY, begin=begin, end=end)
            self.crt, self.chain = made.crt, made.chain
            self._write("ca.key", made.key)
            self._write("ca.crt", made.crt)
        else:
            self._self_signed(key)
        self.key = read(self.key_file)
        self.pem = write(name + ".crt", self.crt)

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def _self_signed(self, key):
        self._write("ext", "[req]\ndistinguished_name=n\n[n]\n[ext]\n" + AUTHORITY)
        openssl("req", "-x509", *KEYS[key], "-nodes", "-keyout", self.key_file,
                "-out", self.crt_file, "-days", "30", "-subj", "/O=Tests/CN=%s" % self.name,
                "-config", os.path.join(self.dir, "ext"), "-extensions", "ext")
        self.crt, self.chain = read(self.crt_file), b""

    def issue(self, name, names=(), key="ec", subject=None, begin=None, end=None,
              serial=None, usage="serverAuth,clientAuth", extensions=None):
        """A certificate for the names; key is "ec", "rsa" or a Cert's own.

        subject is /C=../CN=.. in UTF-8 ("/" for none), serial hexadecimal.
        """
        self.count += 1
        base = os.path.join(self.dir, "%d" % self.count)
        subject = subject or "/O=Tests/CN=%s" % (names[0] if names else name)
        self._write("serial", (serial or "%04X" % (0x1000 + self.count)) + "\n")
        more = extensions or LEAF.format(usage=usage, more=alternative(names))
        self._write("%d.ext" % self.count, more)
        make = KEYS.get(key) if isinstance(key, str) else None
        if make:
            make = [*make, "-keyout", base + ".key"]
        else:
            self._write("%d.key" % self.count, key)
            make = ["-key", base + ".key"]
        openssl("req", "-new", *make, "-nodes", "-out", base + ".csr", "-utf8",
                "-multivalue-rdn", "-subj", subject, "-config", self.config)
        when = ["-startdate", begin, "-enddate", end] if end else []
        openssl("ca", "-batch", "-notext", "-preserveDN", "-config", self.config, "-in", base + ".csr",
                "-out", base + ".crt", "-extfile", base + ".ext", *when)
        chain = self.crt + self.chain if self.parent else b""
        return Cert(name, read(base + ".crt"), chain, read(base + ".key"))

    def revoke(self, cert):
        where = os.path.join(self.dir, "revoked.pem")
        self._write("revoked.pem", cert.crt)
        openssl("ca", "-config", self.config, "-revoke", where)

    def crl(self, *options):
        """The text of a list of what is revoked by now."""
        return openssl("ca", "-config", self.config, "-gencrl", *options)

    def ocsp(self, cert, *options):
        """An OCSP response in DER, signed by the authority itself."""
        request, out = os.path.join(self.dir, "ocsp.req"), os.path.join(self.dir, "ocsp.out")
        leaf = write("ocsp.crt", cert.crt)
        openssl("ocsp", "-issuer", self.crt_file, "-cert", leaf, "-reqout", request)
        openssl("ocsp", "-index", os.path.join(self.dir, "index.txt"), "-CA", self.crt_file,
                "-rsigner", self.crt_file, "-rkey", self.key_file, "-reqin", request,
                "-respout", out, *(options or ("-ndays", "7")))
        return read(out)


def self_signed(name, names, days=30, key="ec"):
    """A certificate that is its own issuer."""
    key_file = path(name + ".key")
    crt = openssl("req", "-x509", *KEYS[key], "-nodes", "-keyout", key_file, "-days", str(days),
                  "-subj", "/CN=%s" % names[0], "-addext", alternative(names))
    return Cert(name, crt, b"", read(key_file))
