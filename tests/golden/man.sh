#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The man page that is checked in is the one that its source and the commands' --help make.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
: "${INTERLOPER:=$top/build/src/interloper}"
export INTERLOPER
command -v python3 >/dev/null || {
	echo "python3 is not installed"
	exit 77
}
made=$(mktemp)
trap 'rm -f "$made"' EXIT

"$top/scripts/gen-man" -o "$made"
diff -u "$top/docs/interloper.1" "$made" || {
	echo "docs/interloper.1 is out of date: run scripts/gen-man"
	exit 1
}
