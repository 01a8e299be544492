#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each process may do once Pound serves (SECURITY.md, Seccomp).

That the filter refuses files, programs, processes and root is tried call by
call in unit/test_daemon_seccomp; here: that each process has it."""

import os
import platform
import pwd
import resource
import subprocess

from harness import *

ROOT = os.getuid() == 0
SANITIZER = os.environ.get("POUND_SANITIZER", "")
LINUX = on_linux()
# No filter: sanitized builds, other machines.
FILTER = LINUX and "fsanitize" not in SANITIZER and \
    platform.machine() in ("x86_64", "aarch64")
NONE = "0" * 16
# CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, KILL, SETGID, SETUID, SETPCAP,
# NET_BIND_SERVICE, SYS_CHROOT: see src/daemon/capability.c
SUPERVISOR = "%016x" % sum(1 << bit for bit in (0, 1, 2, 3, 5, 6, 7, 8, 10, 18))

origin = Origin()


def front(config="", core=None):
    text = 'RootJail "@folder@/san"\nUser "nobody"\nGroup "nogroup"\n' if ROOT else ""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if core is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (core, hard))
    try:
        pound = Pound(simple(origin, text + config), jail=ROOT)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    pound.wait_log("serves")
    return pound


@once
def shared():
    return front(core=0)


def threads(pid):
    """/proc/PID/task/TID/status of each thread."""
    return [status("%d/task/%s" % (pid, tid)) for tid in os.listdir("/proc/%d/task" % pid)]


def resolver(pound):
    return until(lambda: [pid for pid in pound.children() if pid != pound.worker_pid()],
                 "resolver")[0]


def test_worker():
    """Every thread of it: no root, no capability, no group, a filter."""
    found = threads(shared().worker_pid())
    if "thread" in SANITIZER:  # it has a thread of its own, which the C library does not know
        own = [thread for thread in found if thread["NoNewPrivs"] == "0"]
        equal(len(own), 1, "threads of the sanitizer")
        found.remove(own[0])
    assert len(found) > 3, found
    for thread in found:
        equal(thread["NoNewPrivs"], "1" if LINUX else "0")
        equal(thread["Seccomp"], "2" if FILTER else "0")
        if FILTER:
            equal(thread["Seccomp_filters"], "1")
        if not ROOT:
            continue
        nobody = pwd.getpwnam("nobody")
        equal(thread["Uid"].split(), [str(nobody.pw_uid)] * 4)
        equal(thread["Gid"].split(), [str(nobody.pw_gid)] * 4)
        equal(thread["Groups"], "")
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd" if LINUX else "CapEff"):
            equal(thread[name], NONE, name)


def test_scheduling():
    """The worker does not push others aside; the supervisor is as it was started."""
    def policies(pid):
        return {os.sched_getscheduler(int(tid)) for tid in os.listdir("/proc/%d/task" % pid)}
    found = policies(shared().worker_pid())
    if "thread" in SANITIZER:
        found.discard(os.SCHED_OTHER)  # of its own thread
    equal(found, {os.SCHED_BATCH} if LINUX else {os.SCHED_OTHER})
    equal(policies(shared().pid), {os.SCHED_OTHER})


def test_jail():
    if not ROOT:
        return
    worker = shared().worker_pid()
    for name in ("root", "cwd"):
        equal(os.readlink("/proc/%d/%s" % (worker, name)), shared().sanitizer, name)
    equal(os.readlink("/proc/%d/root" % resolver(shared())), "/")


def test_resolver():
    """It is a process of its own: nobody waits for it to be ready."""
    want = {"NoNewPrivs": "1" if LINUX else "0", "Seccomp": "2" if FILTER else "0"}
    if ROOT:
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        want.update(Uid="\t".join([nobody] * 4), Groups="", CapEff=NONE, CapPrm=NONE)

    def confined():
        found = status(resolver(shared()))
        return found and {name: found[name] for name in want} == want
    until(confined, "resolver with %r" % want)


def test_supervisor():
    """Root, but with no more of it than starting workers takes."""
    if not ROOT or not LINUX:
        return
    found = status(shared().pid)
    equal(found["Uid"].split(), ["0"] * 4)
    bounds = int(status(os.getpid())["CapBnd"], 16)
    want = "%016x" % (int(SUPERVISOR, 16) & bounds)
    equal((found["CapPrm"], found["CapEff"], found["CapBnd"]), (want, want, want))
    equal((found["CapInh"], found["CapAmb"]), (NONE, NONE))


def test_serves():
    """With all of that, and nothing was refused (the harness looks)."""
    equal(ask(shared().port, build("GET", "/", [], None, "1.1")).status, 200)


def test_switched_off():
    pound = front("Seccomp 0\n")
    for pid in pound.children():
        equal(status(pid)["Seccomp"], "0")
    equal(ask(pound.port, build("GET", "/", [], None, "1.1")).status, 200)
    pound.stop()


def test_cores_if_asked_for():
    """Who may look into a worker, and whether it leaves a core: only where the
    limit of cores says so. A sanitizer sets that to 0."""
    if not ROOT or not LINUX:
        return
    def owner(pound):
        return os.stat("/proc/%d/stat" % pound.worker_pid()).st_uid
    equal(owner(shared()), 0, "no cores: not dumpable")
    pound = front(core=4096)
    nobody = pwd.getpwnam("nobody").pw_uid
    equal(owner(pound), 0 if "fsanitize" in SANITIZER else nobody, "dumpable")
    pound.stop()


def test_without_linux():
    """--disable-linux: the program asks the system for nothing that others lack."""
    if LINUX:
        return
    said = subprocess.run(["nm", "-D", "--undefined-only", binary()], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    names = {line.split()[-1].partition("@")[0] for line in said.splitlines()}
    assert "poll" in names, said
    equal(sorted(names & {"accept4", "dup3", "epoll_create1", "epoll_wait", "eventfd", "getrandom",
                          "memfd_create", "pipe2", "ppoll", "prctl", "sched_getaffinity",
                          "secure_getenv", "signalfd", "splice", "syscall"}), [])


main()
