# shellcheck shell=bash
# The bench of a unit in the folder $unit. Sourced, never run; needs scripts/lib.sh.
lx_address=192.168.77.2
# Longer than a first start takes under KVM.
lx_kvm_s=8

lx_cable() {
    ip tuntap add dev lx0 mode tap
    ip addr add 192.168.77.1/24 dev lx0
    ip link set lx0 up
}

lx_stop() { [ ! -e "$unit/tools/lever" ] || "$unit/tools/lever" power-off; }

lx_page() { curl -sk --max-time 2 "https://$lx_address$1"; }

# lx_wait SECONDS: until the administration page answers.
lx_wait() {
    local until=$(($(now_ms) + $1 * 1000))
    while [ "$(now_ms)" -lt "$until" ]; do
        [ -z "$(lx_page /version.json)" ] || return 0
        sleep 0.1
    done
    return 1
}

# Powers the unit on. A /dev/kvm that can be opened may still not work, in a virtual machine for example.
lx_choose_accelerator() {
    if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
        echo kvm >"$unit/accelerator"
        if "$unit/tools/lever" power-on 2>/dev/null && lx_wait "$lx_kvm_s"; then
            return 0
        fi
        "$unit/tools/lever" power-off
    fi
    echo tcg >"$unit/accelerator"
    "$unit/tools/lever" power-on
}

# What its owner does first: takes note of the certificate, whose digest the unit prints, and makes an account that may less.
lx_settle_in() {
    local printed seen tries=0
    while [ "$tries" -lt 50 ] && ! grep -q '^certificate ' "$unit/console"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    printed=$(sed -n 's/^certificate //p' "$unit/console" | tail -n 1 | tr -d '\r')
    openssl s_client -connect "$lx_address:443" </dev/null 2>/dev/null | openssl x509 >"$unit/certs/unit.pem"
    seen=$(openssl x509 -in "$unit/certs/unit.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
    [ "$printed" = "$seen" ] || return 1
    [ "$(curl -sk --max-time 10 -o /dev/null -w '%{http_code}' -K - "https://$lx_address/api/users" <<END
user = "admin:$(cat "$unit/secrets/admin.password")"
data = "user=viewer&password=$(cat "$unit/secrets/viewer.password")"
END
    )" = 204 ]
}

# What a vendor does before he declares: a vulnerability scan of the unit, for its documents. Scripts that ask others on the
# internet or that may stop the device are left out.
lx_scan() {
    nmap -n -Pn -sV -p 22,443 --script 'vuln and not external and not dos' --script-args vulns.showall --script-timeout 60s \
        -oX "$unit/docs/vulnerability-scan.xml" "$lx_address" >"$unit/scan.log" 2>&1
}

# lx_state: what a run has to leave as it found it. Passwords are tried, not shown.
lx_state() {
    local role path
    for role in admin viewer; do
        for path in /version.json /api/status /api/settings /api/users; do
            printf '%s %s ' "$role" "$path"
            # How long it has been on, and in which order it has its accounts, is nobody's state.
            curl -sk --max-time 10 -w ' %{http_code}\n' -K - "https://$lx_address$path" <<END | sed 's/"up_s": [0-9]*//' | tr ',{}[] ' '\n' | sort | xargs -d '\n'
user = "$role:$(cat "$unit/secrets/$role.password")"
END
        done
    done
    openssl s_client -connect "$lx_address:443" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256
    ssh-keyscan -T 10 "$lx_address" 2>/dev/null | sort
}
