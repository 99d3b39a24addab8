#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Bash completion offers every command and option that --help names, no others, and knows which
# options take a value.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
: "${INTERLOPER:=$top/build/src/interloper}"
# shellcheck source=completion/interloper.bash
source "$top/completion/interloper.bash"

# Completion of the last of these words, one a line.
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_interloper
	printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

help_of() { # help_of COMMAND: its options, each on one line, as "-C --cpu=CPUS"
	ARGP_HELP_FMT=rmargin=4000,no-dup-args-note "$INTERLOPER" "$1" --help |
		sed -nE 's/^  ((-., )?(    )?--[a-z-]+(\[?=[^ ]+)?) .*/\1/p' | tr -d ','
}

options_of() { # options_of COMMAND: their names; -? and -V for --version are not worth completing
	help_of "$1" | grep -vE -- '--(help|usage|version)$' | sed 's/\[*=.*//' | tr ' ' '\n' |
		grep . | sort -u
	printf '%s\n' --help --usage --version
}

compare() { # compare WHAT EXPECTED FOUND
	diff <(sort -u <<<"$2") <(sort -u <<<"$3") >/dev/null && return 0
	echo "$1: --help says (<), completion says (>)"
	diff <(sort -u <<<"$2") <(sort -u <<<"$3") || true
	failed=1
}

failed=0
commands=$("$INTERLOPER" --help | sed -nE 's/^  ([a-z]+)  +[^ ].*/\1/p')
[[ -n $commands ]] || { echo "no commands in --help" && exit 1; }
compare commands "$commands" "$(complete_words interloper "" | grep -v '^-')"
for command in $commands; do
	[[ -n $(help_of "$command") ]] || { echo "no options in $command --help" && exit 1; }
	compare "$command" "$(options_of "$command")" \
		"$(complete_words interloper "$command" - | grep -vx -- --)"
	while read -r option; do
		name=${option%%[[=]*}
		name=${name##* }
		COMPREPLY=()
		_interloper_value "$name" "" && takes=yes || takes=no
		[[ $option == *[^[]=* ]] && should=yes || should=no
		[[ $takes == "$should" ]] || {
			echo "$command $name: takes a value: $should, completion thinks: $takes"
			failed=1
		}
	done < <(help_of "$command")
done
exit $failed
