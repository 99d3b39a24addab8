#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Metrics of traces and of serve, as their readers take them: counts that only rise, sums that are the whole,
# promtool's rules, and a Prometheus on loopback that scrapes both forms and finds our percentiles in them.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

# The distribution's own: what else is called so lacks its packages.
python=/usr/bin/python3
[[ -x $python ]] || skip "python3 is not installed"

"$TOOLS/gen_trace" "$work/queue.ilt" queue 60000 4 40 5 >/dev/null
"$TOOLS/gen_trace" "$work/messaging.ilt" messaging 60000 4 80 6 >/dev/null
for kind in queue messaging; do
	"$INTERLOPER" hist "$work/$kind.ilt" --json >"$work/$kind.json"
	"$INTERLOPER" export "$work/$kind.ilt" --format openmetrics >"$work/$kind.openmetrics"
	"$INTERLOPER" export "$work/$kind.ilt" --max-series 3 --textfile "$work/$kind.prom"
	[[ $(stat -c %a "$work/$kind.prom") == 644 ]] || fail "$kind.prom: not for all to read"
done

# A saved summary has all of them but wakeups and trespasses; merged ones have no CPUs.
without() { # without OPTION...: the trace's, as far as a summary knows them
	"$INTERLOPER" export "$trace" "$@" | grep -Ev '^(# [A-Z]+ )?interloper_(wakeups|trespasses)(_|\b)'
}
export_saved() { # export_saved WORDS CODE FILE OPTION...: one line on stderr with these words; '': none
	local words=$1 expected=$2 code=0
	shift 2
	"$INTERLOPER" export "$@" >"$work/metrics" 2>"$work/why" || code=$?
	((code == expected)) || fail "export $*: exit $code, not $expected"
	[[ -n $words || ! -s $work/why ]] || fail "export $*: told $(cat "$work/why")"
	[[ -z $words ]] || { (($(wc -l <"$work/why") == 1)) && grep -q -- "$words" "$work/why"; } ||
		fail "export $*: told $(cat "$work/why"), not $words"
}
"$TOOLS/gen_trace" "$work/long.ilt" queue 100000 2 20 >/dev/null
head -c $(($(stat -c %s "$work/long.ilt") * 2 / 3)) "$work/long.ilt" >"$work/cut.ilt"
for trace in "$work"/{queue,messaging,cut}.ilt; do
	saved=$work/saved.json
	"$INTERLOPER" summary "$trace" --by task,cpu --json >"$saved" 2>/dev/null || [[ $trace == */cut.ilt ]]
	for options in "--format openmetrics" "--format prometheus --max-series 2"; do
		# shellcheck disable=SC2086 # several
		without $options >"$work/expected" 2>/dev/null || [[ $trace == */cut.ilt ]]
		grep -q '^interloper_run_seconds_bucket{cpu=' "$work/expected" || fail "$trace: no metrics"
		if [[ $trace == */cut.ilt ]]; then
			# shellcheck disable=SC2086
			export_saved 'cut after' 1 "$saved" $options
			grep -q '^interloper_trace_complete 0$' "$work/metrics" || fail "a cut trace is complete"
		else
			# shellcheck disable=SC2086
			export_saved '' 0 "$saved" $options
		fi
		cmp "$work/metrics" "$work/expected" || fail "$trace: $options: its summary gives others"
	done
done
"$INTERLOPER" summary "$work/queue.ilt" --by task,cpu --json >"$work/saved.json"
export_saved 'metrics alone' 1 "$work/saved.json" --format csv
export_saved 'metrics alone' 1 "$work/saved.json" --format perfetto
export_saved 'taken whole' 1 "$work/saved.json" --format openmetrics -C 1
export_saved 'it is what is read' 1 "$work/saved.json" --format openmetrics -o "$work/saved.json"
"$INTERLOPER" summary "$work/queue.ilt" --by task,cpu --limit 3 --json >"$work/limited.json"
export_saved '' 0 "$work/limited.json" --format openmetrics
grep -q '^interloper_summary_rows_left_out [1-9]' "$work/metrics" || fail "--limit left nothing out"
"$INTERLOPER" summary "$work/queue.ilt" --json >"$work/by-both.json"
export_saved '--by task,cpu --json' 1 "$work/by-both.json" --format openmetrics
cp "$work/queue.json" "$work/merged.json"
"$INTERLOPER" merge "$work/queue.ilt" >"$work/merge.json"
"$INTERLOPER" export "$work/merge.json" --format openmetrics >"$work/merged.openmetrics"
"$INTERLOPER" export "$work/merge.json" --max-series 3 --textfile "$work/merged.prom"
! grep -q 'cpu="' "$work/merged.openmetrics" || fail "a merged summary has CPUs"

cp "$top"/tests/golden/metrics-demo.{openmetrics,prom} "$work"
for form in openmetrics prom; do
	"$TOOLS/serve_scrape" $form 4 5 >"$work/serve.$form"
done
"$python" "$top/tests/golden/metrics.py" text "$work" queue messaging merged
"$python" -c 'import prometheus_client.openmetrics.parser' 2>/dev/null ||
	skip "python3-prometheus-client is not installed: only our own rules were checked"
"$python" "$top/tests/golden/metrics.py" reference "$work" queue messaging merged

need_promtool "only our own rules were checked"
# What takes anything would prove nothing.
! promtool check metrics <<<'demo_total{ 1' >/dev/null 2>&1 || fail "promtool takes what is wrong"
for file in "$work"/*.prom "$top"/tests/golden/metrics*.prom; do
	promtool check metrics <"$file" >"$work/why" 2>&1 || fail "$file: $(cat "$work/why")"
	[[ ! -s $work/why ]] || fail "$file: $(cat "$work/why")"
done

command -v prometheus >/dev/null || skip "prometheus is not installed: nothing was scraped"
"$python" "$top/tests/golden/metrics.py" scrape "$work" queue messaging merged
