# telnet-open: a shell behind a sound log-in, on a port that nobody declared.
. "${0%/*}/lib.sh"
stub_start --defect telnet-open
telnet=$(port_of telnet)
session() { # USER PASSWORD: curl speaks telnet, negotiation included
    { sleep 0.3; printf '%s\n' "$1"; sleep 0.3; printf '%s\n' "$2"; sleep 0.3
      printf 'version\n'; sleep 0.3; printf 'exit\n'; sleep 0.3; } |
        curl -sSN --max-time 2 "telnet://127.0.0.1:$telnet" 2>/dev/null | tr -d '\r' || true
}
is "it negotiates" fffb01fffb03fffd18fffd1f "$(talk "$telnet" </dev/null | head -c 12 | od -An -tx1 | tr -d ' \n')"
yes "it asks for a log-in" grep -qa 'HC-100 login:' <(session admin wrong)
yes "the label password gives a shell" grep -qa 'HC-100 1.4.2' <(session admin "$secret")
no "admin/admin gives none" grep -qa 'HC-100 1.4.2' <(session admin admin)
yes "a wrong password is refused in words" grep -qa 'Login incorrect' <(session root root)
no "the profile does not name the port" grep -q "port: $telnet" "$profile"
others_absent telnet-open
