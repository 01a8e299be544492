#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The unit under a real systemd, in a container of its own: booted.sh ROOT DEB
# The last line is "all is well".

set -u -o pipefail
if [ "${1-}" != inside ]; then
	here=$(dirname "$0")
	cp "$2" "$1/old.deb" && cp "$here/inside.sh" "$0" "$1/" || exit 1
	echo '127.0.0.1 localhost' > "$1/etc/hosts"
	cat > "$1/etc/systemd/system/booted.service" <<-'E'
		[Service]
		ExecStart=/booted.sh inside
		ExecStopPost=/bin/systemctl --no-block poweroff
		StandardOutput=file:/booted.log
		StandardError=inherit
		E
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -sf ../booted.service "$1/etc/systemd/system/multi-user.target.wants/"
	timeout 120 systemd-nspawn -q --register=no --keep-unit \
	    --private-network -D "$1" -b > "$1/boot.log" 2>&1 < /dev/null
	cat "$1/booted.log" || tail -n 40 "$1/boot.log"
	exec grep -qx 'all is well' "$1/booted.log"
fi

. /inside.sh

# show NAME: of the unit, as systemd has it.
show()
{
	systemctl show -p "$1" --value pound
}

# Until "show NAME" says something else than VALUE.
until_other()
{
	for _ in $(seq 100); do
		[ "$(show "$1")" != "$2" ] && return 0
		sleep 0.1
	done
	return 1
}

echo "=== started"
run dpkg -i /old.deb
is active show ActiveState
is notify show Type
run systemctl --no-pager status pound
is 'HTTP/1.1 503 Service Unavailable' status
first=$(show MainPID)
is "$first" cat /run/pound/pound.pid
grep -E '^(Cap|NoNew|Seccomp:)' "/proc/$first/status"
run poundctl

echo "=== reloaded"
said=$(show StatusText)
run systemctl reload pound
run until_other StatusText "$said"
is active show ActiveState
is "$first" show MainPID
show StatusText | grep -q '1 reload' || fail "$(show StatusText)"
is 'HTTP/1.1 503 Service Unavailable' status

echo "=== a mistake"
echo Nonsense >> /etc/pound/pound.cfg
systemctl reload pound && fail "a mistake is taken"
journalctl -b --no-pager -u pound | grep 'unknown directive Nonsense' || fail "not told"
is active show ActiveState
is "$first" show MainPID
is 'HTTP/1.1 503 Service Unavailable' status
sed -i '$d' /etc/pound/pound.cfg

echo "=== killed"
run kill -KILL "$first"
run until_other MainPID "$first"
run until_other MainPID 0
for _ in $(seq 100); do
	[ "$(show ActiveState)" = active ] && break
	sleep 0.1
done
is active show ActiveState
is 1 show NRestarts
is 'HTTP/1.1 503 Service Unavailable' status

echo "=== stopped"
run systemctl stop pound
is success show Result

echo "=== a unit as it was written for 2.8"
cat > /etc/systemd/system/old.service <<-'E'
	[Service]
	Type=forking
	PIDFile=/run/pound/old.pid
	RuntimeDirectory=pound
	ExecStart=/usr/sbin/pound -f /etc/pound/pound.cfg -p /run/pound/old.pid
	E
run systemctl daemon-reload
run systemctl start old
is "$(cat /run/pound/old.pid)" systemctl show -p MainPID --value old
is active systemctl show -p ActiveState --value old
is 'HTTP/1.1 503 Service Unavailable' status
run systemctl stop old
is success systemctl show -p Result --value old
rm /etc/systemd/system/old.service

echo "=== purged"
journalctl -b --no-pager -u pound | grep 'not on its list' && fail "a system call was refused"
run dpkg -P pound
[ -e /lib/systemd/system/pound.service ] && fail "the unit is left"
echo "all is well"
