# bash completion for interloper                              -*- shell-script -*-
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2207 # compgen prints one word a line
# Words are those of "interloper COMMAND --help"; CPUs, tasks and trace files come from the machine.

_interloper_options() {
	case $1 in
	trace)
		echo -C -t -p -d -o --cpu --comm --pid --duration --output --all --follow --json \
			--strict --ring-size --
		;;
	record)
		echo -C -t -p -d -o --cpu --comm --pid --duration --output --all --strict \
			--ring-size --
		;;
	timehist)
		echo -C -p -t -s -S -w -n -I -M -V --cpu --pid --comm --time --state --prio --json
		;;
	summary) echo -C -p -t --cpu --pid --comm --time --sort --by --json ;;
	hist) echo -C -t -p -d -o --cpu --comm --pid --duration --output --by --json ;;
	info) echo --json ;;
	esac
}

# What the option before the cursor takes.
_interloper_value() {
	case $1 in
	-C | --cpu)
		COMPREPLY=($(compgen -W "$(cd /sys/devices/system/cpu 2>/dev/null &&
			printf '%s\n' cpu[0-9]* | sed 's/^cpu//' | sort -n)" -- "$2"))
		;;
	-p | --pid)
		COMPREPLY=($(compgen -W "$(cd /proc && printf '%s\n' [0-9]*)" -- "$2"))
		;;
	-t | --comm)
		local IFS=$'\n'
		COMPREPLY=($(compgen -W "$(cat /proc/[0-9]*/comm 2>/dev/null | sort -u)" -- "$2"))
		;;
	-o | --output) COMPREPLY=($(compgen -f -- "$2")) ;;
	--sort) COMPREPLY=($(compgen -W "run delay max switches" -- "$2")) ;;
	--by) COMPREPLY=($(compgen -W "task cpu comm" -- "$2")) ;;
	-d | --duration | --time | --ring-size) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

_interloper() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} i

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "trace record timehist summary info hist --help --version" \
			-- "$word"))
		return
	fi
	# After "--" stands a command of its own, with its own completion.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			declare -F _command_offset >/dev/null && _command_offset $((i + 1))
			return
		fi
	done
	_interloper_value "$before" "$word" && return
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(_interloper_options "$command") --help" -- "$word"))
	elif [[ $command == timehist || $command == summary || $command == info ||
		$command == hist ]]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -X '!*.ilt' -- "$word") $(compgen -d -- "$word"))
	fi
}

complete -F _interloper interloper
