#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/architecture.md names every source file under its folder's heading, and none that is not there.
set -euo pipefail

cd "$(dirname "$0")/../.."
page=docs/architecture.md

# "folder/file", of the tables below headings that begin with a folder.
named() {
	awk -F'`' '
		/^###? / { folder = $2 ~ /\/$/ ? $2 : "" }
		folder != "" && /^\| `/ {
			split($0, cells, "|")
			n = split(cells[2], names, "`")
			for (i = 2; i <= n; i += 2) print folder names[i]
		}' "$page" | sed -E 's/(.*)\.\[ch\]$/\1.c\n\1.h/' | sort -u
}

there() {
	find include bpf src -mindepth 1 -name '*.[ch]' ! -path src/main.c | sort -u
}

grep -qF 'src/main.c' "$page"
diff <(there) <(named) || {
	echo "$page: the source has (<), the page names (>)"
	exit 1
}
