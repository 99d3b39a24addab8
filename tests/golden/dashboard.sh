#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The dashboard: JSON whose panels stand side by side; all that it, the rules and docs/serve.md ask Prometheus for is
# in that page's tables, and is PromQL.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

# The distribution's own: what else is called so lacks its packages.
python=/usr/bin/python3
[[ -x $python ]] || skip "python3 is not installed"

"$python" "$top/tests/golden/dashboard.py" "$top" "$work/expressions.yml"
need_promtool "whether the expressions can be parsed was not checked"
promtool check rules "$work/expressions.yml" >"$work/why" 2>&1 || fail "$(cat "$work/why")"
# What takes anything would prove nothing.
sed 's/rate(/rate((/' "$work/expressions.yml" >"$work/wrong.yml"
! promtool check rules "$work/wrong.yml" >/dev/null 2>&1 || fail "promtool takes what is wrong"
