#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The life of the package in a fresh system: install, serve, reload, upgrade,
# a mistake, remove, purge. clean_root.sh ROOT OLD.deb NEW.deb
#
# The packages that they depend on are installed in ROOT already. It all runs
# in name spaces of its own (mounts, network, processes): nothing of this
# machine is touched, and nothing is left running or mounted. Each step is
# printed as it is run; the last line is "all is well".

set -u -o pipefail
if [ "${4-}" != inside ]; then
	here=$(dirname "$0")
	cp "$2" "$1/old.deb" && cp "$3" "$1/new.deb" &&
	    cp "$here/inside.sh" "$0" "$1/" || exit 1
	exec unshare --mount --net --pid --fork --kill-child \
	    chroot "$1" /bin/bash /clean_root.sh "$1" "$2" "$3" inside
fi

. /inside.sh

# What the inside has: files of the system that are nobody's cache or log.
snapshot()
{
	find / -xdev \( -path /proc -o -path /tmp -o -path /run/adduser -o -path /var/cache -o -path /var/log/apt \
	    -o -path '/var/lib/dpkg/*-old' -o -path /var/lib/apt \) -prune -o -print |
	    grep -vE '^/(etc/(passwd|group|shadow|gshadow)-|.*\.deb|(clean_root|inside)\.sh)$' | sort
}

supervisor()
{
	cat /run/pound/pound.pid
}

# The children that have more threads than one: the worker.
worker()
{
	local pid
	for pid in $(cat "/proc/$(supervisor)/task/$(supervisor)/children"); do
		[ "$(ls "/proc/$pid/task" 2> /dev/null | wc -l)" -gt 2 ] && echo "$pid"
	done
}

# Until the worker is another one than $1, and the only one.
until_replaced()
{
	for _ in $(seq 100); do
		[ -n "$(worker)" ] && [ "$(worker)" != "$1" ] &&
		    [ "$(worker | wc -l)" = 1 ] && return 0
		sleep 0.1
	done
	return 1
}

mount -t proc proc /proc || fail "no /proc"
ip link set lo up || fail "no loopback"
echo '127.0.0.1 localhost' > /etc/hosts
# There is no init here; services may be started all the same.
printf '#!/bin/sh\nexit 0\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
snapshot > /tmp/before

echo "=== installed"
run dpkg -i /old.deb
is '640 root:root' stat -c '%a %U:%G' /etc/pound/pound.cfg
is '755 root:root' stat -c '%a %U:%G' /var/lib/pound
run ls -l /lib/systemd/system/pound.service /etc/init.d/pound /etc/default/pound \
    /etc/rsyslog.d/30-pound.conf /etc/logrotate.d/pound /etc/fail2ban/filter.d/pound.conf
run getent passwd pound
run pound -c

echo "=== started"
run /etc/init.d/pound status
is 'HTTP/1.1 503 Service Unavailable' status
run poundctl
[ "$(stat -c %U "/proc/$(worker)/stat")" = root ] || fail "the worker can be looked into"
is pound sh -c "getent passwd \$(sed -n 's/^Uid:.//p' /proc/$(worker)/status | cut -f1) | cut -d: -f1"
is '/var/lib/pound' readlink "/proc/$(worker)/root"
grep -E '^(Cap|NoNew|Seccomp)' "/proc/$(worker)/status"

echo "=== reloaded"
first=$(supervisor) before=$(worker)
sed -i 's/^LogLevel.*/LogLevel 3/' /etc/pound/pound.cfg
run /etc/init.d/pound reload
run until_replaced "$before"
is "$first" supervisor
is 'HTTP/1.1 503 Service Unavailable' status

echo "=== a mistake"
cp -p /etc/pound/pound.cfg /tmp/good
before=$(worker)
echo Nonsense >> /etc/pound/pound.cfg
/etc/init.d/pound reload && fail "a mistake is taken"
is "$before" worker
is 'HTTP/1.1 503 Service Unavailable' status
cp -p /tmp/good /etc/pound/pound.cfg

echo "=== upgraded"
run dpkg -i --force-confold /new.deb
run until_replaced "$before"
is "$first" supervisor
is '/usr/sbin/pound' readlink "/proc/$first/exe"
is 'HTTP/1.1 503 Service Unavailable' status

echo "=== removed"
run dpkg -r pound
[ -d "/proc/$first" ] && fail "it still runs"
is '640' stat -c %a /etc/pound/pound.cfg

echo "=== purged"
run dpkg -P pound
getent passwd pound && fail "the user is left"
getent group pound && fail "the group is left"
snapshot > /tmp/after
diff /tmp/before /tmp/after || fail "something is left"
umount /proc
echo "all is well"
