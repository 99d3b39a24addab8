#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What this kernel offers, and what a trace rests on here: told to who called, for docs/kernels.md.
# shellcheck source=tests/live/lib.bash
source /tests/live/lib.bash

interloper trace -d 0.5 >"$work/report" || fail "trace: exit $?"
echo "fact: release: $(uname -r)"
echo "fact: rests on: $(sed -n 's/^rests on *//p' "$work/report")"
interloper doctor --json >/out/doctor.json || fail "doctor: exit $?"
python3 -m json.tool /out/doctor.json >/dev/null || fail "doctor --json is not JSON"
verdict
