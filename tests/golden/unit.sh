#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The systemd unit: systemd takes every line of it, and it is no less confined than docs/serve.md says.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

page=$top/docs/serve.md
# What systemd 252 gives it, in tenths. Later ones may weigh otherwise.
worst=15

# Its program need not be built for this.
sed "s|@CMAKE_INSTALL_FULL_BINDIR@/interloper|/bin/sh|; s|@CMAKE_INSTALL_FULL_DOCDIR@|/usr/share/doc/interloper|" \
	"$top/contrib/systemd/interloper.service.in" >"$work/interloper.service"
! grep -n '@CMAKE' "$work/interloper.service" || fail "not all was filled in"

command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed: the unit was not checked"
grep -q -- --offline < <(systemd-analyze security --help 2>&1) ||
	skip "systemd-analyze is older than 250, and cannot check files: the unit was not checked"

# Unknown lines and wrong values are told, and are no failure.
systemd-analyze verify --man=no "$work/interloper.service" >"$work/why" 2>&1 || fail "$(cat "$work/why")"
! grep -F interloper.service "$work/why" || fail "systemd-analyze verify complains"
sed 's/^ProtectClock=.*/ProtectClocks=yes/' "$work/interloper.service" >"$work/wrong.service"
systemd-analyze verify --man=no "$work/wrong.service" >"$work/why" 2>&1 || true
grep -qF ProtectClocks "$work/why" ||
	fail "systemd-analyze verify takes what is wrong"

score() {
	systemd-analyze security --no-pager --offline=true "$1" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p'
}
now=$(score "$work/interloper.service")
[[ $now =~ ^[0-9]+\.[0-9]$ ]] || fail "no score, but \"$now\""
echo "exposure $now (systemd $(systemd-analyze --version | sed -n '1s/[^0-9]*\([0-9]*\).*/\1/p'))"
((10#${now/./} <= worst)) || fail "exposure $now, above ${worst%?}.${worst: -1}"
[[ $(systemd-analyze --version | head -n 1) != "systemd 252 "* ]] || grep -qF "it $now, where 10 is worst" "$page" ||
	fail "$page: says another exposure than $now"
