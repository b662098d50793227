# lib.sh - what the stub tests share: start a stub, ask it with other people's clients, say why not.
# Sourced with STUB set to the program.  Everything started here is stopped here.
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/stub-test-XXXXXX")
stub_pid=
failed=0

stub_stop() {
    if [[ -n $stub_pid ]]; then
        kill -TERM "$stub_pid" 2>/dev/null || true
        stub_code=0
        wait "$stub_pid" || stub_code=$?
        stub_pid=
        if [[ $stub_code -ne 0 ]]; then
            echo "not ok: the stub ended with $stub_code"
            cat "$work/stub.err"
            failed=1
        fi
    fi
}

cleanup() {
    stub_stop
    rm -rf "$work"
    exit "$failed"
}
trap cleanup EXIT
trap 'failed=1; echo "not ok: line $LINENO: $BASH_COMMAND"' ERR

# stub_start OPTION...: sets state, profile, admin, web, stream, base, secret, viewer_secret.
stub_start() {
    state=$work/state
    : >"$work/ready"
    "$STUB" camera --state "$state" "$@" >"$work/ready" 2>"$work/stub.err" &
    stub_pid=$!
    for _ in $(seq 200); do
        [[ -s $work/ready ]] && break
        kill -0 "$stub_pid" || { cat "$work/stub.err"; return 1; }
        sleep 0.05
    done
    jq -e '.ready' "$work/ready" >/dev/null
    profile=$(jq -r .profile "$work/ready")
    admin=$(port_of admin)
    web=$(port_of web)
    stream=$(port_of stream)
    base=https://127.0.0.1:$admin
    secret=$(<"$state/secrets/admin.password")
    viewer_secret=$(<"$state/secrets/viewer.password")
}

port_of() {
    jq -r --arg name "$1" '(.services + .undeclared)[] | select(.name == $name) | .port' "$work/ready"
}

ask() { # curl with the device's own authority as the only trust
    curl -sS --max-time 5 --cacert "$state/certs/device-ca.pem" "$@"
}

code() { ask -o /dev/null -w '%{http_code}' "$@"; }

login() { # USER PASSWORD JAR: prints the status code
    jq -n --arg user "$1" --arg password "$2" '{user: $user, password: $password}' |
        code -c "$3" -d @- "$base/api/login"
}

change() { # JAR OLD NEW: prints the status code
    jq -n --arg old "$2" --arg new "$3" '{old: $old, new: $new}' |
        code -b "$1" -X PUT -d @- "$base/api/password"
}

wrong_logins() { # COUNT USER: prints the status codes, over one connection
    for _ in $(seq "$1"); do
        printf 'url = "%s/api/login"\noutput = "/dev/null"\n' "$base"
    done | ask -d "{\"user\":\"$2\",\"password\":\"guess\"}" -w '%{http_code}\n' -K -
}

wrong_basic() { # COUNT USER: the same, by Basic on the snapshot
    for _ in $(seq "$1"); do
        printf 'url = "%s/snapshot.jpg"\noutput = "/dev/null"\n' "$base"
    done | ask -u "$2:guess" -w '%{http_code}\n' -K -
}

talk() { # PORT: sends standard input, prints the answer
    timeout 5 nc -N 127.0.0.1 "$1" || true
}

rtsp_describe() { # USER PASSWORD: prints the status lines of the challenge and of the answer
    local url=rtsp://127.0.0.1:$stream/live line nonce first second
    exec 3<>"/dev/tcp/127.0.0.1/$stream"
    printf 'DESCRIBE %s RTSP/1.0\r\nCSeq: 1\r\n\r\n' "$url" >&3
    nonce=
    while IFS= read -r -t 5 line <&3; do
        line=${line%$'\r'}
        [[ $line == RTSP* ]] && echo "$line"
        [[ $line =~ nonce=\"([0-9a-f]+)\" ]] && nonce=${BASH_REMATCH[1]}
        [[ -z $line ]] && break
    done
    if [[ -n $nonce ]]; then
        first=$(printf '%s:HC-100:%s' "$1" "$2" | md5sum | cut -c1-32)
        second=$(printf 'DESCRIBE:%s' "$url" | md5sum | cut -c1-32)
        printf 'DESCRIBE %s RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Digest username="%s", realm="HC-100", nonce="%s", uri="%s", response="%s"\r\n\r\n' \
            "$url" "$1" "$nonce" "$url" \
            "$(printf '%s:%s:%s' "$first" "$nonce" "$second" | md5sum | cut -c1-32)" >&3
        IFS= read -r -t 5 line <&3
        echo "${line%$'\r'}"
    fi
    exec 3>&-
}

rtsp_open() { # PATH: the status code of DESCRIBE by a stranger
    printf 'DESCRIBE rtsp://127.0.0.1:%s%s RTSP/1.0\r\nCSeq: 1\r\n\r\n' "$stream" "$1" |
        talk "$stream" | head -1 | cut -d ' ' -f 2
}

tls_accepts() { # VERSION (1, 1_1, 1_2, 1_3) [CIPHERS]: true when the hand-shake completes
    timeout 5 openssl s_client -connect "127.0.0.1:$admin" "-tls$1" \
        -cipher "${2:-ALL}:@SECLEVEL=0" </dev/null 2>/dev/null | grep -q '^New, TLS.*Cipher is [A-Z]'
}

is() { # WHAT WANTED GOT
    if [[ $2 == "$3" ]]; then
        echo "ok: $1"
    else
        echo "not ok: $1: wanted '$2', got '$3'"
        failed=1
        [[ -z ${ONE_IS_ENOUGH:-} ]] || exit 1
    fi
}

yes() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then is "$what" yes yes; else is "$what" yes no; fi
}

no() {
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then is "$what" no yes; else is "$what" no no; fi
}

# What a file of the image's root file system holds; nothing when it has no such file.
in_image() { # PATH
    tail -c +97 "$state/firmware/hc100-1.4.2.img" | head -c -64 | tar -xzOf - "$1" 2>/dev/null
}

exported() { # JAR: of whom
    ask -b "$1" "$base/api/export"
}

stored_kept() { # DEFECT
    login admin "$secret" "$work/exporter" >/dev/null
    exported "$work/exporter" >"$work/export"
    # A default that everybody knows is a word that stands there anyhow: the name of its user.
    if due "$1" export-password-clear default-password-common; then
        no "the export holds a password" grep -qF "$secret" "$work/export"
    fi
    if due "$1" export-key-inside; then
        no "the export holds a key" grep -q "PRIVATE KEY" "$work/export"
    fi
    if due "$1" firmware-private-key; then
        is "the image holds no key" "" "$(in_image etc/ssl/private/server.key)"
    fi
    if due "$1" firmware-common-hash; then
        is "the image holds no hash" "" "$(in_image etc/shadow-)"
    fi
    if due "$1" firmware-telnet-backdoor; then
        is "the image starts no telnet" "" "$(in_image etc/init.d/S99factory)"
    fi
}

# What the papers and pages of the sound camera say, with every defect but the one named.
papers_kept() { # DEFECT
    local defect what
    while IFS='|' read -r defect what; do
        if due "$1" "$defect"; then yes "$what" paper_sound "$defect"; fi
    done <<'END'
policy-without-acknowledgement|the policy says when a report is acknowledged
policy-without-contact|the policy names a contact
policy-unpublished|the policy is published
manual-without-update|the manual has the steps of an update
manual-without-version|the manual tells how to see the version
update-policy-without-priority|the update policy has priorities
update-policy-without-times|the update policy has times
ui-without-model|the log-in page has a model
ui-other-model|no page has another model
support-end-past|the support has not ended
support-end-missing|the manual names the end of support
manual-without-disposal|the manual tells how to dispose of the unit
END
}

paper_sound() { # DEFECT: is its sign absent?
    case $1 in
        policy-without-acknowledgement) grep -q Acknowledgement: "$state/docs/disclosure-policy.md" ;;
        policy-without-contact) grep -q Contact: "$state/docs/disclosure-policy.md" ;;
        policy-unpublished) grep -q 200 <(code "$base/disclosure-policy") ;;
        manual-without-update) grep -q 更新の手順 "$state/docs/manual.ja.md" ;;
        manual-without-version) grep -q 適用されている版 "$state/docs/manual.ja.md" ;;
        update-policy-without-priority) grep -q 優先度に分け "$state/docs/update-policy.ja.md" ;;
        update-policy-without-times) grep -q 7日以内 "$state/docs/update-policy.ja.md" ;;
        ui-without-model) grep -qE "HC-[0-9]+" <(ask "$base/") ;;
        ui-other-model) test -z "$(ask "$base/" | grep -o HC-900 | head -1)" ;;
        support-end-past) test -z "$(grep 2025 "$state/docs/manual.ja.md")" ;;
        support-end-missing) grep -q 提供終了日 "$state/docs/manual.ja.md" ;;
        manual-without-disposal) grep -q 廃棄 "$state/docs/manual.ja.md" ;;
        *) return 1 ;;
    esac
}

# Is it asked for the sign of these defects? Not where the unit has one of them on purpose, nor, where LOOK_FOR names one
# defect alone, for the sign of others.
due() { # DEFECT-IT-HAS DEFECT...
    local has=$1 one
    shift
    for one in "$@"; do
        [[ $one != "$has" ]] || return 1
    done
    [[ -z ${LOOK_FOR:-} || " $* " == *" $LOOK_FOR "* ]]
}

# What must hold with every defect but the one named: the other defects' signs are absent.
others_absent() { # DEFECT
    papers_kept "$1"
    if due "$1" default-password-common; then
        is "admin/admin is refused" 401 "$(login admin admin "$work/none")"
        is "the label password has its length" "$([[ $1 == default-password-shared ]] && echo 16 || echo 12)" "${#secret}"
    fi
    if due "$1" default-password-shared; then
        no "the next unit has the same default" cmp -s "$state/secrets/a.password" "$state/secrets/b.password"
    fi
    if due "$1" default-password-derived; then
        no "the default is made from the MAC address" test "$(of_the_mac)" = "$(<"$state/secrets/a.password")"
    fi
    if due "$1" tls10-enabled; then
        no "TLS 1.0 is refused" tls_accepts 1
        no "TLS 1.1 is refused" tls_accepts 1_1
    fi
    if due "$1" tls-without-encryption; then
        no "TLS 1.2 without encryption is refused" tls_accepts 1_2 NULL
    fi
    if due "$1" admin-path-unauthenticated; then
        is "/admin needs a session" 401 "$(code "$base/admin")"
        is "/api/settings needs a session" 401 "$(code "$base/api/settings")"
    fi
    if due "$1" telnet-open undeclared-port; then
        is "nothing undeclared listens" 3 "$(listening_count)"
    elif [[ $1 == telnet-open || $1 == undeclared-port ]]; then
        is "one undeclared port listens" 4 "$(listening_count)"
    fi
    if due "$1" no-lockout; then
        is "the eleventh wrong log-in is not looked at" 429 "$(wrong_logins 11 "nobody$RANDOM" | tail -1)"
    fi
    if due "$1" no-lockout basic-unlimited; then
        is "nor is it by Basic" 429 "$(wrong_basic 11 "nobody$RANDOM" | tail -1)"
    fi
    if due "$1" undeclared-udp; then
        is "no UDP port is open" 0 "$(udp_count)"
    elif [[ $1 == undeclared-udp ]]; then
        is "one UDP port is open" 1 "$(udp_count)"
    fi
    if due "$1" known-vulnerability; then
        is "no grave finding of the scan lacks a VEX statement" "" "$(uncovered)"
    fi
    if due "$1" write-unauthenticated; then
        is "writing needs a session" 401 "$(code -X PUT -d '{"name":"x"}' "$base/api/settings")"
    fi
    if due "$1" backup-unauthenticated; then
        is "there is no open backup" 401 "$(code "$base/backup.cfg")"
    fi
    if due "$1" diagnostics-unauthenticated; then
        is "nor open diagnostics" 401 "$(code "$base/api/diagnostics")"
    fi
    if due "$1" path-variant-bypass; then
        is "two slashes are another page" 404 "$(code "$base//api/users")"
    fi
    stored_kept "$1"
    roles_kept "$1"
    sessions_kept "$1"
    if due "$1" change-without-login; then
        is "changing a password needs a session" 401 "$(change "$work/none" x lantern-over-9)"
    fi
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    if due "$1" change-short-password change-ignored; then
        is "a short new password is refused" 422 "$(change "$work/viewer" "$viewer_secret" v7Kq2Zt)"
    fi
    if due "$1" change-common-password change-ignored; then
        is "a common new password is refused" 422 "$(change "$work/viewer" "$viewer_secret" password)"
    fi
    login viewer "$viewer_secret" "$work/viewer-too" >/dev/null
    is "viewer's password is changed" 204 "$(change "$work/viewer" "$viewer_secret" lantern-over-9)"
    if due "$1" sessions-survive-change; then
        is "which ends the other session" 401 "$(code -b "$work/viewer-too" "$base/snapshot.jpg")"
    fi
    if due "$1" change-ignored; then
        is "the new one is accepted" 200 "$(login viewer lantern-over-9 "$work/viewer")"
    fi
    if due "$1" change-ignored old-password-stays; then
        is "the old one is refused" 401 "$(login viewer "$viewer_secret" "$work/none")"
    fi
    if due "$1" change-ignored; then
        is "and changed back" 204 "$(change "$work/viewer" lantern-over-9 "$viewer_secret")"
    fi
    if due "$1" rtsp-open; then
        is "RTSP: /live needs a log-in" 401 "$(rtsp_open /live)"
        is "RTSP: an unknown path is not described" 401 "$(rtsp_open /nothing)"
    fi
    if [[ $1 != rtsp-open ]] && due "$1" rtsp-open-path; then
        is "RTSP: /stream1 needs a log-in" 401 "$(rtsp_open /stream1)"
    fi
    no "TLS 1.2 without AEAD is refused" tls_accepts 1_2 AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA
    yes "TLS 1.2 is accepted" tls_accepts 1_2
    yes "TLS 1.3 is accepted" tls_accepts 1_3
    is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
    if due "$1" header-hang; then # the last: nothing may be asked of a port that hangs
        printf 'GET / HTTP/1.1\r\nX: %05000d\r\n\r\n' 0 | timeout 1 nc -N 127.0.0.1 "$web" >"$work/said" || true
        is "a long request is followed by others" 301 "$(code --max-time 1 "http://127.0.0.1:$web/" 2>"$work/why" || true)"
    fi
}

of_the_mac() {
    printf %s "$(sed -n 's/.*id: a,.*mac: "\([0-9a-f:]*\)".*/\1/p' "$profile")" | md5sum | cut -c1-12
}

# A camera without a default password, as long as it has none.
first_use_kept() { # DEFECT
    if due "$1" first-use-skippable; then
        is "nothing opens before the first password" 401 "$(code "$base/api/settings")"
    fi
    is "no blank password logs in" 401 "$(login admin '' "$work/none")"
    is "nor does the viewer's own" 401 "$(login viewer "$viewer_secret" "$work/none")"
    is "a blank first password is refused" 422 "$(first_password '')"
    if due "$1" first-use-short-password; then
        is "a short first password is refused" 422 "$(first_password v7Kq2Zt)"
    fi
    if due "$1" first-use-common-password; then
        is "a common first password is refused" 422 "$(first_password password)"
    fi
}

first_password() { # PASSWORD
    jq -n --arg password "$1" '{password: $password}' | code -d @- "$base/api/setup"
}

roles_kept() { # DEFECT
    login viewer "$viewer_secret" "$work/other-role" >/dev/null
    if due "$1" viewer-reads-users; then
        is "a viewer does not read the users" 403 "$(code -b "$work/other-role" "$base/api/users")"
    fi
    if due "$1" viewer-writes-settings; then
        is "a viewer does not write settings" 403 "$(code -b "$work/other-role" -X PUT -d '{"name":"x"}' "$base/api/settings")"
    fi
}

# Logging out, a forged cookie, and (where the stub was started with --session-lifetime 1) time end a session.
sessions_kept() { # DEFECT
    local token
    login admin "$secret" "$work/kept" >/dev/null
    token=$(awk '$6 == "session" { print $7 }' "$work/kept")
    if due "$1" session-forgeable; then
        is "a forged session is refused" 401 "$(code -H "Cookie: session=${token:0:8}${token:0:24}" "$base/api/users")"
    fi
    if due "$1" session-survives-logout; then
        code -b "$work/kept" -X POST "$base/api/logout" >/dev/null
        is "a session that was logged out is refused" 401 "$(code -H "Cookie: session=$token" "$base/api/users")"
    fi
    if grep -q 'session_lifetime_s: 1$' "$profile" && due "$1" session-never-expires; then
        login admin "$secret" "$work/kept" >/dev/null
        sleep 1.2
        is "an unused session ends" 401 "$(code -b "$work/kept" "$base/api/users")"
    fi
}

# Counted by the kernel, not by what the stub says of itself: state 0A of /proc/net/tcp.
listening_count() {
    local inodes inode
    inodes=$(find "/proc/$stub_pid/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
    for inode in $inodes; do
        awk -v inode="$inode" '$4 == "0A" && $10 == inode' /proc/net/tcp /proc/net/tcp6
    done | wc -l
}

# The same for UDP: any socket there is bound.
udp_count() {
    local inodes inode
    inodes=$(find "/proc/$stub_pid/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
    for inode in $inodes; do
        awk -v inode="$inode" '$10 == inode' /proc/net/udp /proc/net/udp6
    done | wc -l
}

profile_ports() { grep -oE '^ +port: [0-9]+' "$profile" | grep -oE '[0-9]+' | sort -n | tr '\n' ' '; }

# Findings of the scan report, high or critical, that the VEX document does not say are not there.
uncovered() {
    jq -rn --slurpfile scan "$state/docs/vulnerability-scan.json" --slurpfile vex "$state/docs/vex.cdx.json" '
        [$scan[0].Results[].Vulnerabilities[] | select(.Severity | IN("HIGH", "CRITICAL")) | .VulnerabilityID]
        - [$vex[0].vulnerabilities[] | select(.analysis.state == "not_affected" and .analysis.justification != null) | .id]
        | join(" ")'
}
