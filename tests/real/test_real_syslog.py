#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslogd with our snippet of its configuration, restarted under a Pound in a jail; logrotate
with our snippet."""

import signal
import stat
import subprocess
import time

from peers import *

ETC = os.path.join(HERE, "..", "..", "etc")
origin = Origin()


def snippet(name, folder):
    """A file of etc/, with its paths moved to folder."""
    with open(os.path.join(ETC, name)) as file:
        return file.read().replace("/var/log/pound", folder + "/pound")


class Rsyslog(Peer):
    def __init__(self):
        super().__init__(None)
        self.socket = os.path.join(self.folder, "log")
        self.file = os.path.join(self.folder, "pound", "pound.log")
        self.rest = os.path.join(self.folder, "rest")
        config = os.path.join(self.folder, "rsyslog.conf")
        with open(config, "w") as file:
            file.write('module(load="imuxsock" SysSock.Use="off")\n'
                       'input(type="imuxsock" Socket="%s" CreatePath="on")\n'
                       'global(workDirectory="%s")\n%s\n*.* action(type="omfile" file="%s")\n'
                       % (self.socket, self.folder,
                          snippet("rsyslog.d/30-pound.conf", self.folder), self.rest))
        self.pid_file = os.path.join(self.folder, "rsyslogd.pid")
        self.command = ["/usr/sbin/rsyslogd", "-n", "-f", config, "-i", self.pid_file]
        self.start()
        until(lambda: os.path.exists(self.socket) and os.path.exists(self.pid_file),
              "socket of rsyslogd")
        os.chmod(self.folder, 0o755)

    def text(self):
        try:
            with open(self.file) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def again(self):
        """Ended and started anew, as an upgrade of it does."""
        self.kill(signal.SIGTERM)
        equal(os.path.exists(self.socket), False)
        self.start()
        until(lambda: os.path.exists(self.socket), "socket of rsyslogd again")


def front(syslog):
    jail = 'User "nobody"\nRootJail "@folder@/san"\n' if os.getuid() == 0 else ""
    pound = Pound("LogFacility local0\nLogLevel 1\n" + jail + simple(origin), mode="-F",
                  wait=None)
    pound.env["POUND_SYSLOG_SOCKET"] = syslog.socket
    pound.start()
    return pound


def asks(pound, word):
    equal(ask(pound.port, build("GET", "/" + word, [], None, "1.1")).status, 200)


def arrives(pound, syslog, word):
    """Asks until the line of a request is in the file."""
    def found():
        asks(pound, word)
        time.sleep(0.1)
        return word in syslog.text()
    until(found, "%s in the file of rsyslogd" % word, 10)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_jail_and_restarts():
    syslog = Rsyslog()
    pound = front(syslog)
    arrives(pound, syslog, "first")
    equal((mode(syslog.file), mode(os.path.dirname(syslog.file))), (0o640, 0o750))
    line = [line for line in syslog.text().splitlines() if "first" in line][0]
    assert re.search(r" pound: .*\"?GET /first", line), line
    for turn in range(3):
        syslog.again()
        arrives(pound, syslog, "turn%d" % turn)
    assert not os.path.exists(syslog.rest) or "GET /" not in open(syslog.rest).read(), \
        "lines of Pound went to the other files as well"
    pound.stop()


def test_logrotate():
    syslog = Rsyslog()
    pound = front(syslog)
    arrives(pound, syslog, "before")
    config = os.path.join(syslog.folder, "logrotate.conf")
    text = snippet("logrotate.d/pound", syslog.folder)
    text = text.replace("/run/rsyslogd.pid", syslog.pid_file)
    text = text.replace("/usr/lib/rsyslog/rsyslog-rotate", syslog.folder + "/none")
    with open(config, "w") as file:
        file.write(text)
    os.chmod(config, 0o644)
    done = subprocess.run(["/usr/sbin/logrotate", "-f", "-s", syslog.folder + "/state", config],
                          capture_output=True, text=True)
    equal((done.returncode, done.stdout + done.stderr), (0, ""))
    arrives(pound, syslog, "after")
    assert "before" not in syslog.text(), "the old lines are still in the new file"
    with open(syslog.file + ".1") as file:
        assert "before" in file.read()
    equal(mode(syslog.file), 0o640)
    pound.stop()


main()
