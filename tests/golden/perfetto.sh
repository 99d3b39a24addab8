#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What Perfetto is told comes out as it went in: decoded by a decoder that is not ours and imported
# by trace_processor's rules (perfetto_import.py), every slice and every delay is that of timehist.
# trace_processor itself is in no distribution and in no npm package.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

command -v protoc >/dev/null || skip "protoc is not installed"
/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || skip "python3-protobuf is not installed"
protoc --proto_path="$top/src/output" --python_out="$work" perfetto.proto

import() {
	timeout 100 /usr/bin/python3 "$top/tests/golden/perfetto_import.py" "$work" "$work/made" \
		"$work/rows"
}

same() { # same FILE: it imports as what timehist says of it
	"$INTERLOPER" export "$1" --format perfetto -o "$work/made" || fail "export: exit $?"
	"$INTERLOPER" timehist "$1" --json >"$work/rows"
	import
}

for seed in 1 2; do
	"$TOOLS/gen_trace" "$work/t.ilt" queue 20000 $((seed * 3)) 24 "$seed" >/dev/null
	same "$work/t.ilt" || fail "queue, seed $seed: not as it went in"
done
"$TOOLS/gen_trace" "$work/t.ilt" pipe 20000 2 4 >/dev/null
same "$work/t.ilt" || fail "pipe: not as it went in"

# A comparison that takes anything would prove nothing.
sed -i '100s/"delay_ns":[0-9a-z]*/"delay_ns":12345/' "$work/rows"
import >/dev/null &&
	fail "another delay is not noticed"
exit 0
