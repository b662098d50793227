# --bench with a device that calls: its calls are levers' too.
. "${0%/*}/lib.sh"
home=$(shuf -i 20000-29999 -n 1)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -subj /CN=ca -days 2 -out "$work/ca.pem" 2>/dev/null
nc -lkv 127.0.0.1 "$home" >/dev/null 2>"$work/calls" &
listener=$!
calls() { # COUNT: waits until there were so many, prints how many there were
    for _ in $(seq 40); do
        [[ $(grep -c received "$work/calls") -ge $1 ]] && break
        sleep 0.05
    done
    grep -c received "$work/calls" || true
}
lever() { "$work/unit/tools/lever" "$1" >/dev/null && echo 0 || echo "$?"; }
for _ in $(seq 40); do grep -q Listening "$work/calls" && break; sleep 0.05; done
"$STUB" client --bench --calls-home "127.0.0.1:$home" --ca "$work/ca.pem" --state "$work/unit" >"$work/ready" 2>"$work/stub.err" &
stub_pid=$!
is "it calls by itself" 1 "$(calls 1)"
is "client-stop" 0 "$(lever client-stop)"
is "power cycle" 0 "$(lever power-cycle)"
is "which changes nothing" 1 "$(calls 1)"
is "client-start" 0 "$(lever client-start)"
is "then it calls again" 2 "$(calls 2)"
is "network down" 0 "$(lever network-down)"
is "client-start without a network" 0 "$(lever client-start)"
sleep 0.2
is "no call without one" 2 "$(calls 2)"
is "network up" 0 "$(lever network-up)"
is "and another with one" 3 "$(calls 3)"
is "it has no button" 3 "$(lever reset-button)"
is "nor flash memory" 3 "$(lever save)"
kill "$listener"
wait "$listener" 2>/dev/null || true
