# Scans, garbage, half-open and idle connections, many clients at once: the camera keeps answering.
. "${0%/*}/lib.sh"
stub_start --defect telnet-open --defect undeclared-port --defect tls10-enabled
ports=("$admin" "$web" "$stream" "$(port_of telnet)" "$(port_of debug)")

alive() { is "$1" 200 "$(code "$base/api/version")"; }

{ timeout 20 nc -d 127.0.0.1 "$admin" >/dev/null; date +%s >"$work/idle.end"; } &
idle=$!
begin=$(date +%s)

"$FLOOD" garbage "${ports[@]}"
alive "after garbage on every port"
for _ in 1 2 3 4 5 6 7 8; do
    head -c 9000 /dev/urandom | timeout 2 openssl s_client -quiet -connect "127.0.0.1:$admin" >/dev/null 2>&1 || true
done
alive "after garbage inside TLS"
for _ in $(seq 600); do printf 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'; done >"$work/pipelined"
is "600 requests sent before the first answer is read" 600 "$(talk "$web" <"$work/pipelined" | grep -c '^HTTP/1.1 301')"
"$FLOOD" scan "${ports[@]}"
alive "after a scan at full speed"
"$FLOOD" hold "${ports[@]}" >"$work/hold" &
hold=$!
for _ in $(seq 100); do grep -q held "$work/hold" && break; sleep 0.05; done
yes "hundreds of connections stand idle" grep -q '^held 600' "$work/hold"
alive "with hundreds of idle connections"
for number in $(seq 256); do
    printf 'url = "%s/api/version"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$base"
done >"$work/config"
is "64 clients at once, 256 requests" 256 \
    "$(ask --no-keepalive --parallel --parallel-immediate --parallel-max 64 -K "$work/config" 2>/dev/null | grep -c '^200$')"
kill "$hold"
wait "$hold" 2>/dev/null || true
alive "after they have gone"
yes "it never needed more than its ceiling of descriptors" test "$(find "/proc/$stub_pid/fd" -type l | wc -l)" -lt 1100
wait "$idle"
idle_s=$(($(<"$work/idle.end") - begin))
yes "a silent connection is closed after about ten seconds ($idle_s s)" test "$idle_s" -ge 9 -a "$idle_s" -le 14
alive "at the end"
