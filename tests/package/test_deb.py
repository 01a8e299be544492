#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian package: built without a network, lintian has no word to say, and its life in
a fresh system. Needs root, and a mirror of Debian for debootstrap."""

# time limit: 600

from made import *

NEEDED = "adduser,dbus,iproute2,libpcre2-8-0,libssl3,systemd,systemd-sysv"


@once
def changes():
    """Built by dpkg-buildpackage in a name space without a network."""
    call("unshare", "-n", "dpkg-buildpackage", "-us", "-uc", "-b", "-j2", cwd=unpacked())
    found = [name for name in os.listdir(folder()) if name.endswith(".changes")]
    equal(len(found), 1)
    return os.path.join(folder(), found[0])


@once
def package():
    changes()
    found = [name for name in os.listdir(folder())
             if name.startswith("pound_") and name.endswith(".deb")]
    return os.path.join(folder(), found[0])


@once
def newer():
    """The same with a later version, as an upgrade brings it."""
    tree = os.path.join(folder(), "newer")
    call("dpkg-deb", "-R", package(), tree)
    control = os.path.join(tree, "DEBIAN", "control")
    call("sed", "-i", "s/^Version: .*/&+later/", control)
    call("dpkg-deb", "-b", "--root-owner-group", tree, tree + ".deb")
    return tree + ".deb"


def mirror():
    """Where this machine has its packages from."""
    sites = call("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    return next(site for site in sites.split() if site.rstrip("/").endswith("/debian"))


def test_build():
    say(os.path.basename(package()))
    names = [line.split()[5] for line in call("dpkg-deb", "-c", package()).splitlines()]
    for name in ("./lib/systemd/system/pound.service", "./etc/init.d/pound", "./etc/default/pound",
                 "./etc/pound/pound.cfg", "./usr/sbin/pound", "./usr/bin/poundctl",
                 "./var/lib/pound/"):
        assert name in names, name


def test_hardened():
    """Position independent, all symbols bound at the start, stack protected."""
    tree = os.path.join(folder(), "tree")
    call("dpkg-deb", "-x", package(), tree)
    for name in ("usr/sbin/pound", "usr/bin/poundctl"):
        said = call("readelf", "-W", "-h", "-d", "--dyn-syms", os.path.join(tree, name))
        for word in ("DYN (Position-Independent Executable", "BIND_NOW", "__stack_chk_fail"):
            assert word in said, (name, word)


def test_lintian():
    said = call("lintian", "--allow-root", "--fail-on=error,warning,info", "-I", changes())
    equal(said, "", "lintian")


@once
def root():
    """A fresh system, with what the package depends on."""
    path = os.path.join(folder(), "root")
    call("debootstrap", "--variant=minbase", "--include=" + NEEDED, "bookworm", path, mirror())
    return path


def test_life():
    say(call(os.path.join(HERE, "clean_root.sh"), root(), package(), newer()))


def test_under_systemd():
    """Booted in a container: start, reload, a mistake, a crash, stop."""
    say(call(os.path.join(HERE, "booted.sh"), root(), package()))


def test_autopkgtest():
    """debian/tests, as Debian's machines run them, in the same system."""
    shutil.copy("/etc/resolv.conf", os.path.join(root(), "etc"))
    # It has the network of this machine, where no service is to be started.
    policy = os.path.join(root(), "usr", "sbin", "policy-rc.d")
    with open(policy, "w") as file:
        file.write("#!/bin/sh\nexit 101\n")
    os.chmod(policy, 0o755)
    said = call("autopkgtest", package(), unpacked(), "--", "chroot", root())
    say(said[-1500:])
    assert "serves               PASS" in said, said


main(600)
