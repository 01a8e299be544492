# SPDX-License-Identifier: GPL-3.0-or-later
"""Who takes part: each a process in the foreground with a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import proc

HERE = os.path.dirname(os.path.abspath(__file__))
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
PROCESSORS = len(os.sched_getaffinity(0))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def program(name):
    return shutil.which(name, path=SEARCH)


def compiled(folder, name, *libraries):
    """A C program of this folder."""
    path = os.path.join(folder, name + ".bin")
    if not os.path.exists(path):
        subprocess.run(["cc", "-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra",
                        "-Werror", "-pthread", "-o", path,
                        os.path.join(HERE, name + ".c")] + list(libraries), check=True)
    return path


def certificate(folder):
    """One for all: P-256, key and certificate in one file."""
    path = os.path.join(folder, "cert.pem")
    if not os.path.exists(path):
        key = os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", key, "-out", path], check=True,
                       stderr=subprocess.DEVNULL)
        with open(path, "a") as file, open(key) as more:
            file.write(more.read())
    return path


class Job:
    """What a racer is to do. pound: lines (or variants of it) for that one."""

    def __init__(self, folder, backend, tls=False, upgrade=False, variant="", log=""):
        self.folder, self.backend, self.tls = folder, backend, tls
        self.upgrade, self.variant, self.log = upgrade, variant, log


class Racer:
    name = ""
    environment = None

    def __init__(self, job):
        self.job, self.backend = job, job.backend
        self.folder = os.path.join(job.folder, self.name + job.variant)
        self.port = free_port()
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)

    def command(self):
        raise NotImplementedError

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self):
        with open(os.path.join(self.folder, "output"), "w") as output:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output,
                                            env=self.environment)
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(self.folder, "output")) as output:
            sys.exit("%s does not start: %s" % (self.name, output.read()[-2000:]))

    def pids(self):
        return proc.tree(self.process.pid)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        pids = self.pids()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            for pid in reversed(pids):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()


POUND_SERVICE = """
	Service
%s
		BackEnd
			Address 127.0.0.1
			Port %d
		End
	End
"""


class Pound(Racer):
    """Variants: threads128; syslog; services1 and services1000, by Host, of which
    the last one is site1000."""

    name = "pound"

    @staticmethod
    def binary():
        return os.path.abspath(os.environ.get("POUND", "src/pound"))

    def top(self):
        lines = ["LogLevel 0"]
        if self.job.variant == "threads128":
            lines.append("Threads 128")
        if self.job.variant == "syslog":
            lines = ["LogLevel 1", "LogFacility daemon"]
            self.environment = dict(os.environ, POUND_SYSLOG_SOCKET=self.job.log)
        return "\n".join(lines + ["Client 120", "TimeOut 30"])

    def services(self):
        number = self.job.variant.partition("services")[2]
        if not number:
            return POUND_SERVICE % ("", self.backend)
        return "".join(POUND_SERVICE % (
            '		HeadRequire "Host: *site%d\\.example\\.com"' % i, self.backend)
            for i in range(1001 - int(number), 1001))

    def command(self):
        tls = "	Cert \"%s\"\n" % certificate(self.job.folder) if self.job.tls else ""
        path = self.write("pound.cfg", """
%s
Listen%s
	Address 127.0.0.1
	Port %d
%s%s
End
""" % (self.top(), "HTTPS" if self.job.tls else "HTTP", self.port, tls, self.services()))
        mode = "-F" if self.job.variant == "syslog" else "-e"
        return [self.binary(), mode, "-f", path, "-p", os.path.join(self.folder, "pid")]


class Haproxy(Racer):
    name = "haproxy"

    @staticmethod
    def binary():
        return program("haproxy")

    def command(self):
        tls = (" ssl crt %s ssl-min-ver TLSv1.2" % certificate(self.job.folder)
               if self.job.tls else "")
        path = self.write("haproxy.cfg", """
global
	nbthread %d
	maxconn 9900
defaults
	mode http
	timeout connect 5s
	timeout client 120s
	timeout server 30s
	timeout tunnel 60s
	option http-keep-alive
	option forwardfor
	http-reuse always
frontend front
	bind 127.0.0.1:%d backlog 512%s
	default_backend back
backend back
	server one 127.0.0.1:%d
""" % (PROCESSORS, self.port, tls, self.backend))
        return [self.binary(), "-db", "-q", "-f", path]


NGINX = """
daemon off;
%s
worker_processes %s;
worker_rlimit_nofile 20000;
pid %s/pid;
error_log %s/error.log crit;
events { worker_connections 20000; }
http {
	access_log off;
	client_body_temp_path %s/body;
	proxy_temp_path %s/proxy;
	fastcgi_temp_path %s/fastcgi;
	uwsgi_temp_path %s/uwsgi;
	scgi_temp_path %s/scgi;
	keepalive_requests 1000000000;
	keepalive_timeout 120s;
	client_max_body_size 0;
	sendfile on;
	tcp_nodelay on;
%s
}
"""


class Nginx(Racer):
    """Bodies are relayed as they come, as the others do, in buffers as large
    as theirs."""

    name = "nginx"

    @staticmethod
    def binary():
        return program("nginx")

    def tls(self):
        if not self.job.tls:
            return ""
        path = certificate(self.job.folder)
        return ("ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.2 TLSv1.3;"
                " ssl_session_tickets on;" % (path, path))

    def http(self):
        fields = 'proxy_set_header Connection "";'
        if self.job.upgrade:
            fields = ("proxy_set_header Upgrade $http_upgrade;"
                      ' proxy_set_header Connection "upgrade";')
        return """
	upstream back {
		server 127.0.0.1:%d;
		keepalive 128;
		keepalive_requests 1000000000;
	}
	server {
		listen 127.0.0.1:%d backlog=512%s;
		%s
		location / {
			proxy_pass http://back;
			proxy_http_version 1.1;
			%s
			proxy_set_header Host $host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_max_temp_file_size 0;
			proxy_request_buffering off;
			proxy_buffer_size 16k;
			proxy_buffers 8 16k;
			client_body_buffer_size 16k;
		}
	}
""" % (self.backend, self.port, " ssl" if self.job.tls else "", self.tls(), fields)

    def command(self):
        user = "user root;" if os.geteuid() == 0 else ""
        path = self.write("nginx.conf", NGINX % (
            (user, PROCESSORS) + (self.folder,) * 7 + (self.http(),)))
        return [self.binary(), "-e", os.path.join(self.folder, "error.log"),
                "-p", self.folder, "-c", path]


class Relay(Racer):
    """No proxy: bytes go through unparsed. The floor of what a proxy costs."""

    name = "relay"

    @staticmethod
    def binary():
        return program("cc")

    def command(self):
        return [compiled(self.job.folder, "relay"), str(self.port),
                str(self.backend)]


class Backend(Nginx):
    """Where the files come from, and where uploads go: they are read as a
    whole before they are answered."""

    name = "backend"
    sizes = (("1k", 1 << 10), ("64k", 1 << 16), ("1m", 1 << 20))

    def http(self):
        www = os.path.join(self.folder, "www")
        os.mkdir(www)
        for name, size in self.sizes:
            with open(os.path.join(www, name), "wb") as file:
                file.write(b"k" * size)
        return """
	open_file_cache max=16;
	upstream self { server 127.0.0.1:%d; keepalive 64; }
	server {
		listen 127.0.0.1:%d backlog=4096;
		root %s;
		location = /up {
			client_body_buffer_size 1100k;
			proxy_pass http://self/done;
			proxy_pass_request_body off;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Content-Length "";
		}
		location = /done { return 200 "done"; }
	}
""" % (self.port, self.port, www)


class Echo(Racer):
    """The WebSockets' back-end: bytes come back as they are."""

    name = "echo"

    @staticmethod
    def binary():
        return program("cc")

    def command(self):
        return [compiled(self.job.folder, "echo"), str(self.port)]


RACERS = {racer.name: racer for racer in (Pound, Haproxy, Nginx, Relay)}
