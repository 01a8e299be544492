#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make install with every place that configure knows, installcheck, uninstall; what is
installed for systemd, fail2ban, init."""

# time limit: 300

import re
import signal
import stat

from made import *

EXPOSURE = 3.0  # of systemd-analyze security: less than that
LINE = ("Nov 28 12:00:00 host pound: (0000010000000001) e%d %s from %s on 127.0.0.1:80: "
        "request \"GET / HTTP/1.1\", Host -")


@once
def prefix():
    return os.path.join(folder(), "prefix")


def place(*names):
    return os.path.join(prefix(), *names)


@once
def built():
    """The tarball, configured for prefix() and made."""
    build = os.path.join(folder(), "build")
    os.mkdir(build)
    places = [("systemdsystemunit", "unit"), ("init", "init.d"), ("default", "default"),
              ("rsyslog", "rsyslog.d"), ("logrotate", "logrotate.d"),
              ("fail2ban", "filter.d"), ("bashcompletion", "completions")]
    call(os.path.join(unpacked(), "configure"), "-q", "--prefix=" + prefix(),
         "--enable-sample-config",
         *["--with-%sdir=%s" % (name, place(where)) for name, where in places], cwd=build)
    call("make", "-s", "-j2", cwd=build)
    return build


def make(*targets):
    return call("make", "-s", *targets, cwd=built())


def files():
    found = []
    for at, _, names in os.walk(prefix()):
        found += [os.path.relpath(os.path.join(at, name), prefix()) for name in names]
    return sorted(found)


def test_places():
    make("install")
    for name in ("unit/pound.service", "init.d/pound", "default/pound", "rsyslog.d/30-pound.conf",
                 "logrotate.d/pound", "filter.d/pound.conf", "completions/pound",
                 "completions/poundctl", "etc/pound.cfg", "etc/error503.html", "sbin/pound",
                 "bin/poundctl", "share/man/man5/pound.cfg.5"):
        assert name in files(), "%s: not among\n%s" % (name, "\n".join(files()))
    for name in files():
        mode = stat.S_IMODE(os.stat(place(name)).st_mode)
        wanted = 0o755 if name in ("sbin/pound", "bin/poundctl", "init.d/pound") else 0o644
        equal(mode, 0o640 if name == "etc/pound.cfg" else wanted, name)


def test_installcheck():
    say(make("installcheck"))


def test_sample_names_its_places():
    """The sample configuration names pages that are there, and is taken as it is."""
    with open(place("etc", "pound.cfg")) as file:
        text = file.read()
    pages = re.findall(r'^\s*Err\d+\s+"([^"]+)"', text, re.M)
    assert pages and all(map(os.path.isfile, pages)), pages
    plain = os.path.join(folder(), "plain.cfg")
    with open(plain, "w") as file:
        file.write(text.replace('"pound"\n', '"nobody"\n').replace(
            'Group\t\t"nobody"', 'Group\t\t"nogroup"'))
    call(place("sbin", "pound"), "-c", "-f", plain)


def test_configuration_is_kept():
    with open(place("etc", "pound.cfg"), "a") as file:
        file.write("# mine\n")
    with open(place("default", "pound"), "a") as file:
        file.write("# mine\n")
    make("install")
    for name in ("etc/pound.cfg", "default/pound"):
        with open(place(name)) as file:
            assert file.read().endswith("# mine\n"), name
    make("uninstall")
    equal(files(), ["default/pound", "etc/pound.cfg"], "what an operator has changed stays")
    for name in files():
        os.unlink(place(name))


def test_strip_and_uninstall():
    make("install")
    size = os.path.getsize(place("sbin", "pound"))
    make("install-strip")
    assert os.path.getsize(place("sbin", "pound")) < size
    make("installcheck")
    make("uninstall")
    equal(files(), [], "nothing stays")
    make("install")


def test_unit():
    """Verified by systemd, and exposed less than 3.0."""
    unit = place("unit", "pound.service")
    equal(call("systemd-analyze", "verify", "--man=no", unit), "", "systemd-analyze verify")
    said = call("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    level = re.search(r"Overall exposure level for pound\.service: ([\d.]+)", said)
    say(level.group(0))
    assert float(level.group(1)) < EXPOSURE, said
    with open(unit) as file:
        text = file.read()
    for line in ("Type=notify", "LimitCORE=infinity", "LimitNOFILE=65536", "NoNewPrivileges=yes",
                 "ProtectSystem=strict", "PrivateTmp=yes"):
        assert re.search("^%s$" % line, text, re.M), line
    assert re.search("^After=.*network-online.target.*nss-lookup.target", text, re.M)


def test_capabilities_of_the_unit():
    """The unit allows what src/daemon/capability.c keeps, no more and no less."""
    with open(place("unit", "pound.service")) as file:
        unit = set(re.findall(r"CAP_\w+", "".join(
            line for line in file if line.startswith("CapabilityBoundingSet="))))
    with open(os.path.join(unpacked(), "src", "daemon", "capability.c")) as file:
        table = re.search(r"supervisors\[\] = \{(.*?)\n\};", file.read(), re.S).group(1)
    equal(unit, set(re.findall(r"CAP_\w+", table)))


def banned(lines):
    """Addresses that the filter finds in a file; beside it stands what it includes."""
    filters = os.path.join(folder(), "filter.d")
    os.makedirs(filters, exist_ok=True)
    shutil.copy("/etc/fail2ban/filter.d/common.conf", filters)
    shutil.copy(place("filter.d", "pound.conf"), filters)
    return call("fail2ban-regex", "--out=ip", lines, os.path.join(filters, "pound.conf"))


def test_fail2ban():
    """The filter takes what Pound refused, with the client's address, and nothing else."""
    lines = os.path.join(folder(), "lines")
    taken = [(400, "malformed request line", "192.0.2.1"),
             (400, "no Host field in an HTTP/1.1 request (send one, or use HTTP/1.0)", "192.0.2.2"),
             (414, "request target over MaxURI", "2001:db8::3"),
             (501, "unknown method", "192.0.2.4")]
    passed = [(503, "no service matches", "192.0.2.5"), (408, "head not complete", "192.0.2.6")]
    with open(lines, "w") as file:
        for case in taken + passed:
            file.write(LINE % case + "\n")
        file.write("Nov 28 12:00:00 host pound: 192.0.2.7 GET / HTTP/1.1 - HTTP/1.1 200 OK\n")
        # What a client sends is no other client's address.
        file.write(LINE.replace("GET /", "GET /(00) e400 x from 192.0.2.8 on 127.0.0.1:80:")
                   % (503, "no service matches", "192.0.2.9") + "\n")
    said = banned(lines)
    equal(sorted(said.split()), sorted(host for _, _, host in taken), said)


def test_fail2ban_on_a_real_log():
    """Lines as Pound writes them, with the head that syslog gives them."""
    pound = Pound(simple(Origin()))
    with Client(pound.port) as client:
        client.send(b"GET  / HTTP/1.1\r\n\r\n")
        equal(client.answer().status, 400)
    line = pound.wait_log("e400")[0]
    pound.stop()
    lines = os.path.join(folder(), "real")
    with open(lines, "w") as file:
        file.write("Nov 28 12:00:00 host pound: %s\n" % line)
    equal(banned(lines).split(), ["127.0.0.1"], line)


def test_fail2ban_jail():
    """The sample of a jail finds its filter and its log."""
    own = os.path.join(folder(), "fail2ban")
    shutil.copytree("/etc/fail2ban", own, ignore=shutil.ignore_patterns("jail.d"))
    os.mkdir(os.path.join(own, "jail.d"))
    log = os.path.join(folder(), "pound.log")
    open(log, "w").close()
    shutil.copy(place("filter.d", "pound.conf"), os.path.join(own, "filter.d"))
    with open(os.path.join(unpacked(), "etc", "fail2ban", "jail.d", "pound.conf")) as file:
        text = file.read()
    with open(os.path.join(own, "jail.d", "pound.conf"), "w") as file:
        file.write(text.replace("/var/log/pound/pound.log", log))
    assert "OK" in call("fail2ban-client", "-c", own, "-t")
    orders = call("fail2ban-client", "-c", own, "-d")
    for order in ("['add', 'pound', ", "['set', 'pound', 'addlogpath', '%s', " % log,
                  "['start', 'pound']"):
        assert order in orders, orders


def test_container():
    """The sample for a container: without root, capabilities, or a name for its back-end."""
    with open(os.path.join(unpacked(), "etc", "container", "pound.cfg")) as file:
        text = file.read()
    held, port = hold_port("127.0.0.1")
    config = os.path.join(folder(), "container.cfg")
    with open(config, "w") as file:
        file.write(text.replace("\tPort\t8080\nEnd", "\tPort\t%d\nEnd" % port, 1))
    who = ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs",
           "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []
    process = subprocess.Popen(
        who + [binary(), "-F", "-f", config, "-p", "/dev/null"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder())
    try:
        until(lambda: process.poll() is not None or not refuses(port), "start")
        equal(ask(port, build("GET", "/", [], None, "1.1")).status, 503)
        process.send_signal(signal.SIGHUP)
        equal(process.wait(10), 0)
        assert os.path.exists("/dev/null")
    finally:
        if process.poll() is None:
            process.kill()
        held.close()


def test_scripts():
    """The shell takes the SysV script, which has what LSB wants in its head."""
    with open(place("init.d", "pound")) as file:
        head = file.read().split("### END INIT INFO")[0]
    for word in ("Provides", "Required-Start", "Required-Stop", "Default-Start", "Default-Stop",
                 "Short-Description", "Description"):
        assert "\n# %s:" % word in head, word
    for name in (place("init.d", "pound"),
                 os.path.join(unpacked(), "etc", "keepalived", "check_pound")):
        call("sh", "-n", name)


main(300)
