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
