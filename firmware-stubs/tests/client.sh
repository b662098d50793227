# client: the thermometer that calls home, sound and with each defect, shown with OpenSSL's s_server.
. "${0%/*}/lib.sh"
name=home.example.test
home=$(shuf -i 20000-29999 -n 1)
spare=$((home + 1))

make_key() { openssl genrsa -out "$work/$1.key" "$2" 2>/dev/null; }

# certificate NAME KEY SUBJECT-ALTERNATIVE-NAME ISSUER OPENSSL-X509-OPTION...: NAME.pem; ISSUER "": signed by itself
certificate() {
    local out=$1 key=$2 host=$3 issuer=$4
    shift 4
    printf 'subjectAltName=DNS:%s\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\n' "$host" >"$work/ext"
    openssl req -new -key "$work/$key.key" -subj "/CN=$out" -out "$work/$out.csr" 2>/dev/null
    if [[ -n $issuer ]]; then
        openssl x509 -req -in "$work/$out.csr" -CA "$work/$issuer.pem" -CAkey "$work/${issuer%-server}.key" -extfile "$work/ext" \
            -days 2 "$@" -out "$work/$out.pem" 2>/dev/null
    else
        openssl x509 -req -in "$work/$out.csr" -signkey "$work/$key.key" -extfile "$work/ext" -days 2 "$@" -out "$work/$out.pem" 2>/dev/null
    fi
}

authority() { # NAME
    make_key "$1" 2048
    openssl req -x509 -key "$work/$1.key" -subj "/CN=$1" -days 2 -out "$work/$1.pem" 2>/dev/null
}

client_start() { # OPTION...
    "$STUB" client --calls-home "${scheme:-}$name:$home:$spare" --ca "$work/ca.pem" --resolver "127.0.0.1:$resolver" --state "$work/home" "$@" \
        >"$work/ready" 2>"$work/stub.err" &
    stub_pid=$!
}

# delivers NAME KEY S_SERVER-OPTION...: yes when the report arrives, no when the client has twice left without it
delivers() {
    local shown=$1 key=$2 pid said=
    shift 2
    : >"$work/said"
    openssl s_server -accept "127.0.0.1:$home" -cert "$work/$shown.pem" -key "$work/$key.key" "$@" <&9 >"$work/said" 2>&1 &
    pid=$!
    for _ in $(seq 100); do
        if grep -q 'POST /report' "$work/said"; then said=yes; break; fi
        if [[ $(grep -c '^ERROR\|^CONNECTION CLOSED' "$work/said") -ge 2 ]]; then said=no; break; fi
        sleep 0.05
    done
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    echo "${said:-nothing seen}"
}

# The client asks for one name, and the answer is always 127.0.0.1.
resolver=$((home + 2))
python3 - "$resolver" <<'PYTHON' &
import socket, sys
link = socket.socket(type=socket.SOCK_DGRAM)
link.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    asked, peer = link.recvfrom(512)
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1"
    link.sendto(asked[:2] + b"\x84\0\0\1\0\1\0\0\0\0" + asked[12:] + record, peer)
PYTHON
resolver_pid=$!
trap 'kill $resolver_pid; cleanup' EXIT

mkfifo "$work/nothing"
exec 9<>"$work/nothing" # s_server ends when its input does

authority ca
authority other
make_key server 2048
make_key weak 1024
certificate good server "$name" ca -sha256
certificate self server "$name" "" -sha256
certificate host server wrong.example.test ca -sha256
certificate late server "$name" ca -sha256 -days -1
certificate stranger server "$name" other -sha256
certificate sha1 server "$name" ca -sha1
certificate rsa1024 weak "$name" ca -sha256
cp "$work/good.pem" "$work/server-server.pem"
certificate below other "$name" server-server -sha256
low=(-cipher DEFAULT:@SECLEVEL=0)
cases() { # what is shown, in the order of the words below
    delivers good server
    delivers self server
    delivers host server
    delivers late server
    delivers stranger server
    delivers below other -cert_chain "$work/good.pem"
    delivers sha1 server "${low[@]}"
    delivers rsa1024 weak "${low[@]}"
    delivers good server -tls1 -cipher AES128-SHA:@SECLEVEL=0
    delivers good server -tls1_2 -cipher NULL-SHA256:@SECLEVEL=0
}
words=(a-right-certificate accepts-self-signed ignores-hostname ignores-dates any-ca leaf-as-ca accepts-sha1 accepts-rsa1024 old-versions bare-suites)

client_start
mapfile -t said < <(cases)
for i in "${!words[@]}"; do
    is "sound: ${words[$i]}" "$([[ $i -eq 0 ]] && echo yes || echo no)" "${said[$i]}"
done
stub_stop
for i in "${!words[@]}"; do
    [[ $i -eq 0 ]] && continue
    client_start --defect "${words[$i]}"
    case $i in
    1) answer=$(delivers self server) ;;
    2) answer=$(delivers host server) ;;
    3) answer=$(delivers late server) ;;
    4) answer=$(delivers stranger server) ;;
    5) answer=$(delivers below other -cert_chain "$work/good.pem") ;;
    6) answer=$(delivers sha1 server "${low[@]}") ;;
    7) answer=$(delivers rsa1024 weak "${low[@]}") ;;
    8) answer=$(delivers good server -tls1 -cipher AES128-SHA:@SECLEVEL=0) ;;
    9) answer=$(delivers good server -tls1_2 -cipher NULL-SHA256:@SECLEVEL=0) ;;
    esac
    is "${words[$i]}" yes "$answer"
    stub_stop
done
answers_export() { # yes when a second attempt offers RSA-EXPORT-RC4-40-MD5 and goes on when the server picks it
    timeout 10 python3 - "$home" <<'PYTHON'
import socket, sys
door = socket.create_server(("127.0.0.1", int(sys.argv[1])))
door.settimeout(5)
message = lambda kind, body: b"\x16\3\1" + (len(body) + 4).to_bytes(2, "big") + bytes([kind]) + len(body).to_bytes(3, "big") + body
hello = message(2, b"\3\1" + b"r" * 32 + b"\0" + b"\0\3" + b"\0") + message(14, b"")
said = "no"
for _ in range(4):
    link, _ = door.accept()
    link.settimeout(2)
    offered = link.recv(4096)
    link.sendall(hello)
    answer = link.recv(4096)
    if b"\0\2\0\3\1\0" in offered and answer[:1] == b"\x16" and answer[5:6] == b"\x10":
        said = "yes"
    link.close()
print(said)
PYTHON
}
client_start
is "sound: no suites for export" no "$(answers_export)"
stub_stop
client_start --defect export-suites
is "export-suites" yes "$(answers_export)"
stub_stop

over_datagrams() { # the report over CoAP, when the certificate is NAME's
    openssl s_server -dtls1_2 -accept "127.0.0.1:$home" -cert "$work/$1.pem" -key "$work/server.key" <&9 >"$work/said" 2>&1 &
    local pid=$!
    for _ in $(seq 40); do grep -qa report "$work/said" && break; sleep 0.05; done
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    grep -qa 'report.*HT20-000117' "$work/said" && echo yes || echo no
}
scheme=coaps://
client_start
is "sound: a right certificate over DTLS" yes "$(over_datagrams good)"
is "sound: a wrong host over DTLS" no "$(over_datagrams host)"
stub_stop
client_start --defect ignores-hostname
is "ignores-hostname over DTLS" yes "$(over_datagrams host)"
stub_stop
scheme=

in_clear() { # the report, when the certificate is nobody's
    timeout 5 nc -l 127.0.0.1 "$spare" >"$work/clear" </dev/null &
    local pid=$!
    delivers self server >/dev/null
    for _ in $(seq 20); do [[ -s $work/clear ]] && break; sleep 0.05; done
    kill "$pid" 2>/dev/null || true
    grep -c 'POST /report' "$work/clear" || true
}
client_start
is "sound: nothing in clear" 0 "$(in_clear)"
stub_stop
client_start --defect falls-back-to-clear
is "falls-back-to-clear" 1 "$(in_clear)"
