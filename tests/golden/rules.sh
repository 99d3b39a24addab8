#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The rules for Prometheus: promtool takes them, each alert fires where it should and not where it should not, and
# an alert that is never expected to fire would be none.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

rules=$top/contrib/prometheus/interloper.rules.yml
tests=$top/contrib/prometheus/interloper.test.yml
page=$top/docs/serve.md

mapfile -t alerts < <(sed -n 's/^ *- alert: //p' "$rules")
((${#alerts[@]})) || fail "$rules: no alerts"
for alert in "${alerts[@]}"; do
	grep -qE "alertname=\"$alert\"" "$tests" || fail "$tests: $alert is not tried"
	grep -qF "\`$alert\`" "$page" || fail "$page: does not name $alert"
done
# shellcheck disable=SC2016 # the backticks are Markdown's
while IFS= read -r alert; do
	[[ " ${alerts[*]} " == *" $alert "* ]] || fail "$page: names $alert, which is none"
done < <(grep -oE '`Interloper[A-Za-z]+`' "$page" | tr -d '`' | sort -u)

need_promtool "only the alerts' names were checked"
promtool check rules "$rules" >"$work/why" 2>&1 || fail "$(cat "$work/why")"
promtool test rules "$tests" >"$work/why" 2>&1 || fail "$(cat "$work/why")"

# What passes whatever the rules say would prove nothing: an alert that never fires, and one that always does.
cp "$tests" "$work"
for expression in 'vector(0) > 1' 'vector(1)'; do
	awk -v expression="$expression" '
		/- alert: InterloperKsmdBusy$/ { here = 1 }
		here && sub(/expr: .*/, "expr: " expression) { here = 0 }
		{ print }' "$rules" >"$work/interloper.rules.yml"
	promtool check rules "$work/interloper.rules.yml" >"$work/why" 2>&1 || fail "$(cat "$work/why")"
	! promtool test rules "$work/interloper.test.yml" >/dev/null 2>&1 ||
		fail "$tests: takes InterloperKsmdBusy as $expression"
done
