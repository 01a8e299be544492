#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""-f -p -c -v -V -e -F: B.1.1 to B.1.4, A.1 9, A.6."""

import os
import re
import tempfile

from harness import *

GOOD = listener(service(), port="x").replace("@x@", "8080") + "\n"
BAD = GOOD + "Nonsense 1\n"


def failed(code, out, err):
    equal(code, 1)
    assert err.strip() and not out.strip(), (out, err)
    return err


def test_version():
    for args in (["-V"], ["-V", "-z"], ["-c", "-V"], ["-V", "extra"]):
        code, out, err = run(*args)
        equal((code, err), (0, ""), args)
        lines = out.splitlines()
        assert re.match(r"Version 5\.0", lines[0]), lines[0]
        assert "OpenSSL" in out and "PCRE2" in out, out


def test_version_lists_switches():
    lines = run("-V")[1].splitlines()
    equal([line for line in lines if "onfiguration switches" in line],
          ["  Configuration switches:"])
    for line in lines:
        if "--" in line:
            assert re.match(r"    --[a-z]", line), line


def test_check():
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run("-c", config=GOOD, folder=folder)
        equal((code, out, err), (0, "Config file %s/pound.cfg is OK\n" % folder, ""))


def test_differences_from_2_8():
    """-c -v names what a file from 2.8 meets, each once, at its line."""
    lines = GOOD.splitlines()
    again = [line.replace("8080", "8081") for line in lines]
    text = "\n".join(["Threads 50", "LogLevel 0"] + lines + again) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        code, out, err = run("-c", "-v", config=text, folder=folder)
        equal((code, err), (0, ""))
        found = re.findall(r"(?m)^%s/pound.cfg line (\d+): differs from 2\.8: "
                           r"(\w+): \S.*$" % re.escape(folder), out)
        first = [name for _, name in found]
        equal(first, ["Threads", "ListenHTTP"], out)
        equal(found, [("1", "Threads"), ("3", "ListenHTTP")])
        assert out.endswith("Config file %s/pound.cfg is OK\n" % folder), out
        assert "differs" not in run("-c", config=text, folder=folder)[1]


def test_check_finds_mistakes():
    with tempfile.TemporaryDirectory() as folder:
        err = failed(*run("-c", config=BAD, folder=folder))
        assert err.startswith("%s/pound.cfg line %d: " % (folder, BAD.count("\n"))), err


def test_start_finds_the_same_mistakes():
    with tempfile.TemporaryDirectory() as folder:
        pid = os.path.join(folder, "pid")
        code, out, err = run("-F", "-p", pid, config=BAD, folder=folder)
        equal(code, 1)
        assert "line %d: " % BAD.count("\n") in out + err, (out, err)
        assert not os.path.exists(pid), "a pid file without a start"


def test_all_mistakes_in_one_run():
    config = "Threads x\nTimeOut -1\n" + GOOD + "Nonsense 1\nEnd\n"
    err = failed(*run("-c", config=config))
    for number in (1, 2, config.count("\n") - 1, config.count("\n")):
        assert " line %d: " % number in err, err


def test_no_listener():
    for config in ("", "# nothing\n", "Service\nEnd\n"):
        failed(*run("-c", config=config))


def test_missing_file():
    err = failed(*run("-f", "/nonexistent/pound.cfg", "-c"))
    assert "/nonexistent/pound.cfg" in err


def test_bad_flags():
    for args, flag in ((["-z"], "z"), (["-c", "-Q"], "Q"), (["-f"], "f"), (["-p"], "p")):
        err = failed(*run(*args))
        assert "bad flag -%s" % flag in err, err


def test_extra_arguments():
    err = failed(*run("-c", "one", "two", config=GOOD))
    assert "unknown extra arguments (one" in err, err


def test_last_f_wins():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "good")
        with open(path, "w") as file:
            file.write(GOOD)
        code, out, _ = run("-f", "/nonexistent", "-c", "-f", path)
        equal((code, out), (0, "Config file %s is OK\n" % path))


def test_permuted_and_joined_options():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "good")
        with open(path, "w") as file:
            file.write(GOOD)
        for args in (["-cf", path], ["-f" + path, "-c"], ["-cv", "-f", path]):
            equal(run(*args)[0], 0, args)


def test_check_warns_and_is_content():
    """A warning is one line with its place; the file is still OK."""
    code, out, err = run("-c", config="LogFacility nosuch\n" + GOOD)
    equal(code, 0)
    assert " line 1: " in out + err and "is OK" in out, (out, err)


def test_e_and_F():
    """-e: the log on stderr; -F: LogFacility decides.  Both stay in front."""
    origin = Origin()
    config = "LogFacility -\n" + simple(origin)
    for mode, where in (("-e", "log"), ("-F", "out")):
        front = Pound(config, mode=mode)
        ask(front.port, build("GET", "/", [], None, "1.1"))
        until(lambda: any("GET / HTTP/1.1 - " in text for text in getattr(front, where)),
              "access line on %s with %s" % (where, mode))
        equal(front.process.poll(), None)
        front.stop()


def test_e_overrides_daemon_and_log_facility():
    front = Pound("Daemon 1\nLogFacility local0\n" + simple(Origin()), mode="-e")
    ask(front.port, b"GET  / HTTP/1.1\r\n")
    front.wait_log("e400")
    front.stop()


def test_daemon_0():
    front = Pound("Daemon 0\nLogFacility -\n" + simple(Origin()), mode="")
    ask(front.port, build("GET", "/", [], None, "1.1"))
    equal(front.process.poll(), None)
    front.stop()


def test_port_in_use():
    origin = Origin()
    config = listener(service(backend(origin)), port="x").replace("@x@", str(origin.port)) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        pid = os.path.join(folder, "pid")
        for mode in ("-F", "-e"):
            code, out, err = run(mode, "-p", pid, config=config, folder=folder)
            equal(code, 1)
            assert str(origin.port) in out + err, (out, err)
            assert not os.path.exists(pid)


def test_unknown_user():
    for line in ('User "no-such-user"', 'Group "no-such-group"'):
        code, out, err = run("-c", config=line + "\n" + GOOD)
        equal(code, 0, "a warning under -c")
        assert " line 1: " in out + err
        with tempfile.TemporaryDirectory() as folder:
            config = line + "\n" + listener(service(), port="x").replace(
                "@x@", str(hold_port()[1])) + "\n"
            equal(run("-e", "-p", folder + "/pid", config=config, folder=folder)[0], 1)


def test_pid_file_that_cannot_be_written():
    config = listener(service(), port="x").replace("@x@", str(hold_port()[1])) + "\n"
    code, _, err = run("-e", "-p", "/nonexistent/dir/pid", config=config)
    equal(code, 1)
    assert "/nonexistent/dir/pid" in err, err


main()
