# The box behind a TLS server of its own making: right by other people's clients, and wrong where they can show it.
. "${0%/*}/lib.sh"

tls_start() { # OPTION...: sets state, page
    state=$work/unit
    : >"$work/ready"
    "$STUB" tls --state "$state" "$@" >"$work/ready" 2>"$work/stub.err" &
    stub_pid=$!
    for _ in $(seq 400); do
        [[ -s $work/ready ]] && break
        kill -0 "$stub_pid" || { cat "$work/stub.err"; return 1; }
        sleep 0.05
    done
    page=$(port_of page)
}

client() { # OPTION...: what openssl s_client says for standard input
    timeout 5 openssl s_client -connect "127.0.0.1:$page" "$@" 2>&1
}

nmap_finds() { # SCRIPT
    nmap -Pn -n -p "$page" --script "$1" 127.0.0.1 | grep -q 'State: VULNERABLE'
}

scanner() { # yes|no WHAT SCRIPT
    if command -v nmap >/dev/null; then "$1" "$2" nmap_finds "$3"; else echo "skip: $2: no nmap"; fi
}

renegotiates() { # types R after the handshake; a server that does not begin anew only warns
    (sleep 0.5; echo R; sleep 1) | client -tls1_2 -legacy_server_connect | grep -A 1 '^RENEGOTIATING' | grep -q '^depth\|^Can'
}

tls_start
is "the page, for those who trust the unit's authority" GW-20 \
    "$(curl -sS --max-time 5 --cacert "$state/certs/device-ca.pem" "https://127.0.0.1:$page/")"
yes "the suite is the one that it has" grep -q 'Cipher is AES128-SHA' <(client </dev/null)
yes "RFC 5746 is known" grep -q '^Secure Renegotiation IS supported' <(client </dev/null)
is "sessions are resumed by their tickets" 5 "$(client -reconnect </dev/null | grep -c '^Reused')"
no "TLS 1.1 is refused" grep -q 'Cipher is AES' <(client -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null)
no "other suites are refused" grep -q 'Cipher is A' <(client -tls1_2 -cipher AES256-SHA </dev/null)
no "a client cannot begin anew" renegotiates
scanner no "Heartbleed, by nmap" ssl-heartbleed
scanner no "an early ChangeCipherSpec, by nmap" ssl-ccs-injection
stub_stop

tls_start --defect heartbleed
scanner yes "Heartbleed, by nmap" ssl-heartbleed
stub_stop

tls_start --defect ccs
scanner yes "an early ChangeCipherSpec, by nmap" ssl-ccs-injection
stub_stop

tls_start --defect legacy-renegotiation
yes "RFC 5746 is not known" grep -q '^Secure Renegotiation IS NOT supported' <(client -legacy_server_connect </dev/null)
yes "a client can begin anew" renegotiates
stub_stop

for defect in robot robot-weak poodle ticketbleed; do
    tls_start --defect "$defect"
    is "$defect is not in the way of honest clients" GW-20 \
        "$(curl -sS --max-time 5 --cacert "$state/certs/device-ca.pem" "https://127.0.0.1:$page/")"
    stub_stop
done
