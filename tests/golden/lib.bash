# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests here share: where things are, a folder of their own, and how they end.
set -euo pipefail

# shellcheck disable=SC2034 # for those who source this
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${INTERLOPER:=$top/build/src/interloper}"
: "${TOOLS:=$top/build/tests/tools}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() {
	echo "$*"
	exit 77
}
fail() {
	echo "$*"
	exit 1
}

# promtool and, where it is fetched with it, prometheus; WITHOUT: what was done all the same.
need_promtool() { # need_promtool WITHOUT
	local tools=${XDG_CACHE_HOME:-$HOME/.cache}/interloper/prometheus
	# Debian's package starts a service when it is installed, so it is only unpacked.
	if ! command -v promtool >/dev/null && [[ ! -x $tools/usr/bin/promtool ]] && command -v apt-get >/dev/null; then
		(cd "$work" && timeout 120 apt-get download -q prometheus >"$work/why" 2>&1) ||
			skip "promtool cannot be fetched (apt-get download prometheus): $1"
		mkdir -p "$tools"
		dpkg-deb -x "$work"/prometheus_*.deb "$tools"
	fi
	PATH=$PATH:$tools/usr/bin
	command -v promtool >/dev/null || skip "promtool is not installed: $1"
}
