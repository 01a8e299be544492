# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts inside of a fresh system share. Each step is printed as it
# is run.

export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin LC_ALL=C
export DEBIAN_FRONTEND=noninteractive

fail()
{
	echo "FAILED: $*"
	exit 1
}

# run COMMAND...: shown, and must succeed.
run()
{
	echo "# $*"
	"$@" || fail "$*: status $?"
}

# is WANT COMMAND...: what it prints.
is()
{
	local want=$1 got
	shift
	got=$("$@" 2>&1)
	echo "# $*"
	echo "$got"
	[ "$got" = "$want" ] || fail "wanted: $want"
}

# The status line for a request on the port of the sample configuration.
status()
{
	exec 3<> /dev/tcp/127.0.0.1/80 || return 1
	printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
	head -n 1 <&3 | tr -d '\r'
	exec 3>&-
}
