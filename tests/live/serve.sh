#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The exporter: its pages, whom it runs as, that what it tells of a load is the kernel's own accounting, that
# it ends cleanly, survives CPUs that go and come, and needs no more memory after a day's scrapes.
# shellcheck disable=SC2317 # what until_true and undo call
# shellcheck source=tests/live/lib.bash
source "$(dirname "$0")/lib.bash"
need python3

# The name service is not asked: an ordinary user of /etc/passwd.
user=$(awk -F: '$1 == "nobody" { print $3 }' /etc/passwd)
[[ -n $user ]] || skip "there is no user nobody"
ulimit -l unlimited 2>/dev/null || true

serves() {
	grep -q '^interloper: serving' "$work/stderr"
}
serves_or_ended() {
	serves || ! kill -0 "$server" 2>/dev/null
}

# Starts it on a free port; sets server (its pid) and port.
start() { # start COMMAND...
	: >"$work/stderr"
	"$@" 2>"$work/stderr" &
	server=$!
	undo end "$server" KILL
	until_true serves_or_ended || true
	serves || {
		fail "$*: $(cat "$work/stderr")"
		verdict
	}
	port=$(sed -nE 's/.* http:..127\.0\.0\.1:([0-9]+)\/metrics.*/\1/p' "$work/stderr")
}

stop() { # stop SIGNAL: ends it, which is no failure and frees the port
	local status=0
	kill "-$1" "$server"
	wait "$server" || status=$?
	((status == 0)) || fail "SIG$1: exit $status: $(cat "$work/stderr")"
	(($(wc -l <"$work/stderr") == 1)) || fail "SIG$1: more than a line: $(cat "$work/stderr")"
	! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || fail "SIG$1: the port is still served"
}

field() { # field NAME: of the server's /proc/PID/status, blanks as one
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$server/status" | tr -s '[:space:]' ' ' | sed 's/ $//'
}

# What is refused, in one line.
refused() { # refused PATTERN OPTION...
	local pattern=$1 status=0
	shift
	timeout -k 5 60 "$INTERLOPER" serve "$@" >"$work/out" 2>&1 || status=$?
	((status == 1)) || fail "$*: exit $status: $(cat "$work/out")"
	(($(wc -l <"$work/out") == 1)) || fail "$*: not one line: $(cat "$work/out")"
	grep -q -- "$pattern" "$work/out" || fail "$*: $(cat "$work/out")"
}

start "$INTERLOPER" serve --listen 127.0.0.1:0 --max-series 1000
grep -q ': [0-9]* CPUs\?, as user nobody, without privilege$' "$work/stderr" || fail "it says: $(cat "$work/stderr")"

# Root and every capability are gone.
[[ $(field Uid) == "$user $user $user $user" ]] || fail "Uid: $(field Uid)"
[[ " $(field Gid) " != *" 0 "* ]] || fail "Gid: $(field Gid)"
[[ -z $(field Groups) ]] || fail "Groups: $(field Groups)"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	[[ $(field $set) == 0000000000000000 ]] || fail "$set: $(field $set)"
done
[[ $(field NoNewPrivs) == 1 ]] || fail "NoNewPrivs: $(field NoNewPrivs)"
(($(find "/proc/$server/task" -mindepth 1 -maxdepth 1 | wc -l) == 1)) || fail "it has more than one thread"

# The pages.
python3 - "$port" "$work" <<'END' || fail "its pages"
import sys

from scrapes import OPENMETRICS, Server
from traces import Checks

checks = Checks()
server = Server(sys.argv[1])
status, headers, text = server.ask("/metrics")
checks.that(status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), f"/metrics: {status}, {headers}")
checks.that("# TYPE interloper_slices_total counter\n" in text and "# EOF" not in text, "/metrics is not Prometheus' text")
open(sys.argv[2] + "/metrics.prom", "w", encoding="utf-8").write(text)
status, headers, text = server.ask("/metrics", OPENMETRICS)
checks.that(status == 200 and headers["Content-Type"].startswith("application/openmetrics-text"), f"/metrics: {status}, {headers}")
checks.that("# TYPE interloper_slices counter\n" in text and text.endswith("\n# EOF\n"), "/metrics is not OpenMetrics")
open(sys.argv[2] + "/metrics.openmetrics", "w", encoding="utf-8").write(text)
status, headers, text = server.ask("/metrics", method="HEAD")
checks.that(status == 200 and int(headers["Content-Length"]) > 1000 and not text, f"HEAD: {status}, {headers}")
checks.that(server.ask("/healthz")[::2] == (200, "ok\n"), "/healthz")
status, headers, text = server.ask("/")
checks.that(status == 200 and "/metrics" in text and "text/html" in headers["Content-Type"], f"/: {status}")
checks.that(server.ask("/nothing")[0] == 404, "/nothing")
status, headers, text = server.ask("/metrics", method="POST", body="a=b")
checks.that(status == 405 and headers["Allow"] == "GET, HEAD", f"POST: {status}, {headers}")
checks.end()
END
promtool=$(command -v promtool || echo "${XDG_CACHE_HOME:-$HOME/.cache}/interloper/prometheus/usr/bin/promtool")
if [[ -x $promtool ]]; then
	"$promtool" check metrics <"$work/metrics.prom" >"$work/why" 2>&1 || fail "promtool: $(head -n 5 "$work/why")"
	[[ ! -s $work/why ]] || fail "promtool: $(head -n 5 "$work/why")"
else
	echo "part skipped: promtool takes it: promtool is not installed"
fi
if /usr/bin/python3 -c 'import prometheus_client.openmetrics.parser' 2>/dev/null; then
	/usr/bin/python3 - "$work/metrics.openmetrics" <<'END' || fail "OpenMetrics' reference parser refuses it"
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

assert len(list(text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read()))) > 10
END
else
	echo "part skipped: OpenMetrics' reference parser takes it: python3-prometheus-client is not installed"
fi

# A load that came and went: its run time and slices are the kernel's.
stolen_ns() {
	echo $(($(stolen_ticks) * 10000000))
}
load_is_told() {
	local steal
	python3 - "$port" "$work/before" <<'END'
import json
import sys

from scrapes import Server

json.dump(Server(sys.argv[1]).scrape(), open(sys.argv[2], "w", encoding="utf-8"))
END
	steal=$(stolen_ns)
	"$TOOLS/workload" -d 3 sleeper:3 hog pingpong >"$work/schedstats" || return 1
	steal=$(($(stolen_ns) - steal))
	python3 - "$port" "$work" "$steal" <<'END'
import collections
import json
import sys

from scrapes import Server, total
from traces import SLOWNESS, Checks, schedstats

RUN_LIMIT = 0.01       # of what the kernel accounted
SLICES_LIMIT = 0.01
SLICE_NS = 5_000 * SLOWNESS  # may be counted to the task before or after: accounting.py

checks = Checks()
port, work, steal_ns = sys.argv[1], sys.argv[2], int(sys.argv[3])
before = json.load(open(work + "/before", encoding="utf-8"))
after = Server(port).scrape()
run, slices = collections.Counter(), collections.Counter()
for name, run_ns, _, count in schedstats(work + "/schedstats").values():
    run[name] += run_ns
    slices[name] += count
for task, run_ns in run.items():
    told = {name: total(after, f"interloper_{name}_total", task=task) - total(before, f"interloper_{name}_total", task=task)
            for name in ("run_time_seconds", "slices", "delay_time_seconds")}
    print(f"{task}: run {told['run_time_seconds']:.6f} s, kernel {run_ns / 1e9:.6f} s; "
          f"slices {told['slices']:.0f}, kernel {slices[task]}")
    allowed = run_ns * RUN_LIMIT + steal_ns + (slices[task] * SLICE_NS if SLOWNESS > 1 else 0)
    checks.that(abs(told["run_time_seconds"] * 1e9 - run_ns) <= allowed, f"{task}: run time")
    checks.that(abs(told["slices"] - slices[task]) <= slices[task] * SLICES_LIMIT + 2, f"{task}: slices")
    checks.that(told["delay_time_seconds"] > 0, f"{task}: no delay")
lost = total(after, "interloper_lost_events_total") - total(before, "interloper_lost_events_total")
checks.that(lost == 0, f"{lost} events lost")
checks.that(total(after, "interloper_unseen_cpus") == 0, "CPUs of which nothing was seen")
checks.end()
END
}
for try in 1 2 3; do
	echo "--- a load, attempt $try"
	load_is_told && break
	((try < 3)) || fail "what is told of a load is not the kernel's accounting"
done

# The port is taken.
refused "cannot listen on 127.0.0.1:$port: Address already in use: " --listen "127.0.0.1:$port"

# Whoever says nothing, or says it byte by byte, is sent away; others are served meanwhile: the
# scrapes of a day among them.
slow_clients() {
	((SLOWNESS == 1)) || return 0
	python3 - "$port" <<'END'
import select
import socket
import sys
import time

from scrapes import Server
from traces import Checks

checks = Checks()
silent, trickles = (socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(2))
trickles.send(b"GET /metrics HTTP/1.1\r\nX: ")
begin = time.monotonic()
ended = {}
while len(ended) < 2 and time.monotonic() - begin < 60:
    time.sleep(2)
    for name, client in (("silent", silent), ("trickles", trickles)):
        if name in ended:
            continue
        try:
            if name == "trickles":
                client.send(b"x")
            if select.select([client], [], [], 0)[0] and not client.recv(1000):
                ended[name] = time.monotonic() - begin
        except OSError:
            ended[name] = time.monotonic() - begin
    checks.that(Server(sys.argv[1]).ask("/healthz")[0] == 200, "/healthz while others are slow")
print(f"sent away after: {ended}")
checks.that(8 <= ended.get("silent", 99) <= 16, "a silent client")
checks.that(25 <= ended.get("trickles", 99) <= 40, "a client that trickles")
checks.end()
END
}
slow_clients >"$work/slow" 2>&1 &
slow=$!
undo end "$slow"

# A day of scrapes, one every 15 s; an emulated machine has no time for all of them.
scrapes=5760
((SLOWNESS == 1)) || scrapes=300
python3 - "$port" "$server" "$scrapes" <<'END' || fail "memory, or time"
import sys
import time

from scrapes import Server, total
from traces import Checks

checks = Checks()
port, pid, scrapes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
server = Server(port)


def resident_kib():
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


took, first = [], 0
for i in range(scrapes):
    begin = time.monotonic()
    status, _, text = server.ask("/metrics")
    took.append(time.monotonic() - begin)
    assert status == 200
    if i == 99:
        first = resident_kib()
last = resident_kib()
took.sort()
print(f"{scrapes} scrapes of {len(text)} bytes: {took[0] * 1e3:.1f} ms at least, {took[scrapes // 2] * 1e3:.1f} "
      f"in the middle, {took[-1] * 1e3:.1f} at most; resident {first} KiB, then {last} KiB")
checks.that(last <= first + 1024, f"memory grew from {first} to {last} KiB")
samples = server.scrape()
checks.that(total(samples, "interloper_scrapes_total") >= scrapes, "scrapes are not counted")
checks.that(0 < total(samples, "interloper_last_scrape_duration_seconds") < 30, "the last scrape's time")
checks.that(total(samples, "process_cpu_seconds_total") > 0, "its own CPU time")
checks.that(abs(total(samples, "process_resident_memory_bytes") / 1024 - last) < 4096, "its own memory")
checks.end()
END

# A CPU that goes and comes.
cpu=$(find /sys/devices/system/cpu -maxdepth 2 -path '*/cpu[0-9]*/online' | sed 's/.*cpu\([0-9]*\)\/online/\1/' |
	sort -n | tail -n 1)
online=/sys/devices/system/cpu/cpu$cpu/online
plug() { # plug 0|1
	{ echo "$1" >"$online"; } 2>/dev/null
}
runs_there() {
	python3 - "$port" "$cpu" <<'END'
import sys
import time

from scrapes import Server, total

server, cpu = Server(sys.argv[1]), sys.argv[2]
before = total(server.scrape(), "interloper_slices_total", cpu=cpu)
time.sleep(1)
assert total(server.scrape(), "interloper_slices_total", cpu=cpu) > before
assert server.ask("/healthz")[0] == 200
END
}
if [[ -n $cpu && $cpu != 0 && -w $online && $(cat "$online") == 1 ]]; then
	undo plug 1
	if plug 0; then
		python3 -c "import sys; from scrapes import Server; Server($port).scrape()" || fail "a CPU went: no scrape"
		plug 1
		"$TOOLS/workload" -d 20 "sleeper@$cpu" >/dev/null &
		undo end $!
		runs_there || fail "a CPU came back: nothing is told of it"
	fi
else
	echo "part skipped: CPUs that go and come: no CPU can be taken offline"
fi
wait "$slow" || fail "slow clients: $(cat "$work/slow")"
cat "$work/slow"
stop TERM

# By SIGINT, on one CPU, told to a service manager.
python3 - "$work/notified" <<'END' &
import os
import socket
import sys

manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\0interloper-test-" + str(os.getppid()))
manager.settimeout(120)
open(sys.argv[1], "w").close()
for _ in range(2):
    heard = manager.recv(1000).decode()
    with open(sys.argv[1], "a", encoding="ascii") as notified:
        notified.write(heard + "\n")
END
manager=$!
undo end "$manager"
until_true test -e "$work/notified" || fail "no service manager"
start env NOTIFY_SOCKET="@interloper-test-$$" "$INTERLOPER" serve --listen 127.0.0.1:0 -C 0
grep -q ': 1 CPU, as user nobody' "$work/stderr" || fail "-C 0: $(cat "$work/stderr")"
python3 - "$port" <<'END' || fail "-C 0: other CPUs are told, or nothing is"
import sys

from scrapes import Server

assert {labels["cpu"] for _, labels, _ in Server(sys.argv[1]).scrape() if "cpu" in labels} == {"0"}
END
stop INT
until_true grep -q STOPPING "$work/notified" || true
[[ $(cat "$work/notified") == $'READY=1\nSTOPPING=1' ]] || fail "the service manager heard: $(cat "$work/notified")"

# An ordinary user with the two capabilities stays who it is, and keeps neither.
if command -v setpriv >/dev/null; then
	chmod 711 "$work"
	install -m 755 "$INTERLOPER" "$work/interloper"
	both=+bpf,+perfmon
	capable=(setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set="-all,$both" --inh-caps="-all,$both"
		--ambient-caps="-all,$both")
	if "${capable[@]}" true 2>/dev/null; then
		start "${capable[@]}" "$work/interloper" serve --listen 127.0.0.1:0
		grep -q 'as user 1000, without privilege$' "$work/stderr" || fail "as a user: $(cat "$work/stderr")"
		for set in CapInh CapPrm CapEff CapAmb; do
			[[ $(field $set) == 0000000000000000 ]] || fail "as a user: $set: $(field $set)"
		done
		[[ $(field NoNewPrivs) == 1 ]] || fail "as a user: NoNewPrivs: $(field NoNewPrivs)"
		stop TERM
		status=0
		"${capable[@]}" "$work/interloper" serve --user nobody >"$work/out" 2>&1 || status=$?
		((status == 1)) || fail "--user as a user: exit $status"
		grep -q "only root can become another user" "$work/out" || fail "--user as a user: $(cat "$work/out")"
	fi
fi

refused "--user no-such: no such user in /etc/passwd" --user no-such
refused "--user root: " --user root
for listen in 9435 :9435 127.0.0.1 127.0.0.1:65536 localhost:9435 "[::1:9435"; do
	refused "expected an address and a port" --listen "$listen"
done
refused "cannot listen on 192.0.2.1:9435: " --listen 192.0.2.1:9435
refused "-C x: " -C x

# Without libmicrohttpd, which nothing else needs, there is no server, and a word of it.
library=$(ldconfig -p | awk '$1 == "libmicrohttpd.so.12" { print $NF; exit }')
[[ -n $library ]] || fail "ldconfig knows no libmicrohttpd.so.12"
status=0
# shellcheck disable=SC2016 # the inner shell's
unshare --mount bash -c 'mount --bind /dev/null "$(readlink -f "$1")" && "$2" --version && exec "$2" serve' \
	without "$library" "$INTERLOPER" >"$work/out" 2>&1 || status=$?
((status == 1 && $(wc -l <"$work/out") == 2)) || fail "without libmicrohttpd: exit $status: $(cat "$work/out")"
grep -q '^interloper: serving needs libmicrohttpd: install it (.*libmicrohttpd' "$work/out" ||
	fail "without libmicrohttpd: $(cat "$work/out")"
verdict
