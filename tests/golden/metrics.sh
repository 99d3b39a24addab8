#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Metrics as their readers take them: counts that only rise, sums that are the whole, promtool's rules, and a
# Prometheus on loopback that scrapes both forms and finds our percentiles in them.
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
cp "$top"/tests/golden/metrics-demo.{openmetrics,prom} "$work"
"$python" "$top/tests/golden/metrics.py" text "$work" queue messaging
"$python" -c 'import prometheus_client.openmetrics.parser' 2>/dev/null ||
	skip "python3-prometheus-client is not installed: only our own rules were checked"
"$python" "$top/tests/golden/metrics.py" reference "$work" queue messaging

# Debian's package starts a service when it is installed, so it is only unpacked.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/interloper/prometheus
if ! command -v promtool >/dev/null && [[ ! -x $tools/usr/bin/promtool ]] && command -v apt-get >/dev/null; then
	(cd "$work" && timeout 120 apt-get download -q prometheus >"$work/why" 2>&1) ||
		skip "promtool cannot be fetched (apt-get download prometheus): only our own rules were checked"
	mkdir -p "$tools"
	dpkg-deb -x "$work"/prometheus_*.deb "$tools"
fi
PATH=$PATH:$tools/usr/bin
command -v promtool >/dev/null || skip "promtool is not installed: only our own rules were checked"
# What takes anything would prove nothing.
! promtool check metrics <<<'demo_total{ 1' >/dev/null 2>&1 || fail "promtool takes what is wrong"
for file in "$work"/*.prom "$top"/tests/golden/metrics*.prom; do
	promtool check metrics <"$file" >"$work/why" 2>&1 || fail "$file: $(cat "$work/why")"
	[[ ! -s $work/why ]] || fail "$file: $(cat "$work/why")"
done

command -v prometheus >/dev/null || skip "prometheus is not installed: nothing was scraped"
"$python" "$top/tests/golden/metrics.py" scrape "$work" queue messaging
