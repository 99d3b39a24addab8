# bash completion for interloper                              -*- shell-script -*-
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2207 # compgen prints one word a line
# Words are those of "interloper COMMAND --help"; CPUs, tasks and trace files come from the machine.

_interloper_options() {
	local filter="-C -p -t --cpu --pid --task" live
	live="-d -o -v --btf --hooks --duration --output --force --ring-size --strict --verbose --"
	case $1 in
	trace) echo "$filter $live --all --follow --json" ;;
	record) echo "$filter $live" ;;
	timehist)
		echo "$filter -i -I -M -n -s -S -V -w --input --idle-hist --json --migrations" \
			"--compat --next --placement --prio --state --summary --with-summary --time --cpu-visual --wakeups"
		;;
	summary) echo "$filter -i --input --by --json --limit --sort --time --wide" ;;
	hist) echo "$filter $live -i --input --by --json --slots --time" ;;
	wakeups)
		echo "$filter $live -i --input --by --json --limit --matrix --confusion --stories --time"
		;;
	blame) echo "$filter $live -i --input --json --owner --time --top --victim --worst" ;;
	advise)
		echo "$filter $live -i --input --all --apply --json --ksm-duty-max --ksm-slice-max --only" \
			"--owner --script --state-dir --time --verify --yes"
		;;
	check)
		echo "--baseline --compare --format --help-limits --json --limit --limits --max-loss" \
			"--min-change --min-delta --owner"
		;;
	diff) echo "--compare --json --max-loss --min-change --min-delta --owner" ;;
	export)
		echo "$filter ${live/--force /} -i --input --by --format --idle --kind --max-series --output --table --textfile --time"
		;;
	merge) echo "--by --group --json --limit --sort --text --wide" ;;
	serve) echo "-C -v --btf --cpu --listen --max-series --user --verbose" ;;
	import) echo "-o --force --host --output" ;;
	info) echo "-i --input --json" ;;
	explain) echo "-C -i -t --cpu --input --json --task" ;;
	revert) echo "--dry-run --force --json --state-dir" ;;
	doctor) echo "--json" ;;
	esac
}

# What the option before the cursor takes.
_interloper_value() {
	case $1 in
	-C | --cpu)
		COMPREPLY=($(compgen -W "$(cd /sys/devices/system/cpu 2>/dev/null &&
			printf '%s\n' cpu[0-9]* | sed 's/^cpu//' | sort -n)" -- "$2"))
		;;
	--compat)
		COMPREPLY=($(compgen -W "perf perf-6.1 perf-6.12" -- "$2"))
		;;
	-p | --pid)
		COMPREPLY=($(compgen -W "$(cd /proc && printf '%s\n' [0-9]*)" -- "$2"))
		;;
	-t | --task | --victim | --owner)
		local IFS=$'\n'
		COMPREPLY=($(compgen -W "$(cat /proc/[0-9]*/comm 2>/dev/null | sort -u)" -- "$2"))
		;;
	-i | --input | -o | --output | --btf | --host | --limits | --baseline | --textfile)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "$2"))
		;;
	--state-dir)
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -d -- "$2"))
		;;
	--sort)
		COMPREPLY=($(compgen -W "run slices avg p50 p99 p99.9 max voluntary involuntary
			wakeups migrations cpu task $(echo {wake,preempt}-{total,avg,p50,p99,p99.9,max})" \
			-- "$2"))
		;;
	--user)
		COMPREPLY=($(compgen -u -- "$2"))
		;;
	--listen) COMPREPLY=($(compgen -W "127.0.0.1:9435 [::1]:9435 0.0.0.0:9435" -- "$2")) ;;
	--matrix) COMPREPLY=($(compgen -W "cpu llc node" -- "$2")) ;;
	--by) COMPREPLY=($(compgen -W "task cpu task,cpu cpu,task" -- "$2")) ;;
	--format) COMPREPLY=($(compgen -W "text json junit tap markdown github csv ndjson hdr openmetrics prometheus perfetto" -- "$2")) ;;
	--table) COMPREPLY=($(compgen -W "slices wakeups histograms totals" -- "$2")) ;;
	--kind) COMPREPLY=($(compgen -W "run wake_delay preempt_delay" -- "$2")) ;;
	--only) COMPREPLY=($(compgen -W "ksm-scan ksm-advisor move-task user-task workqueue irq rcu" -- "$2")) ;;
	-d | --duration | --time | --ring-size | --slots | --limit | --stories | --top | --worst | --verify | --max-loss | --max-series | \
		--compare | --min-* | --ksm-*-max)
		COMPREPLY=()
		;;
	*) return 1 ;;
	esac
}

_interloper() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} i

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "trace record timehist summary export serve info hist wakeups blame advise check diff merge import explain revert doctor --help --version" \
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
		COMPREPLY=($(compgen -W "$(_interloper_options "$command") --help --usage --version" \
			-- "$word"))
	elif [[ $command == timehist || $command == summary || $command == info || $command == export ||
		$command == hist || $command == wakeups || $command == blame || $command == advise || $command == check ||
		$command == diff || $command == merge || $command == explain ]]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -X '!*.ilt' -- "$word") $(compgen -d -- "$word"))
	fi
}

complete -F _interloper interloper
