# life_lib.sh - what the tests of the life cycle share; sourced behind lib.sh.

authority() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$1" -days 2 \
        -out "$work/$1.pem" 2>/dev/null
}
certificate() { # NAME AUTHORITY ADDRESS
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$1" -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -days 2 -out "$work/$1.pem" \
        -extfile <(printf 'subjectAltName=IP:%s\nbasicConstraints=CA:FALSE\n' "$3") 2>/dev/null
}
serve_no_more() {
    if [[ -n $server_pid ]]; then
        kill "$server_pid"
        wait "$server_pid" || true
        server_pid=
    fi
}
serve() { # CERTIFICATE
    serve_no_more
    (cd "$work/www" && exec openssl s_server -WWW -quiet -accept "127.0.0.1:$place" -cert "$work/$1.pem" -key "$work/$1.key" </dev/null >/dev/null 2>&1) &
    server_pid=$!
    for _ in $(seq 100); do (exec 4<>"/dev/tcp/127.0.0.1/$place") 2>/dev/null && break; sleep 0.05; done
}
offer() { # VERSION IMAGE [SHA256]
        cp "$2" "$work/www/hc100/image.img"
    jq -n --arg version "$1" --arg url "https://127.0.0.1:$place/hc100/image.img" --arg sha256 "${3:-$(sha256sum <"$2" | cut -c1-64)}" \
        '{version: $version, url: $url, sha256: $sha256}' >"$work/www/hc100/latest.json"
}
check() { # prints how a check ends: state and reason, or the version that runs then
    local said
    login admin "$secret" "$work/jar" >/dev/null
    code -b "$work/jar" -X POST "$base/api/update/check" >/dev/null
    for _ in $(seq 60); do
        said=$(ask -b "$work/jar" "$base/api/update" 2>/dev/null | jq -r '"\(.state) \(.reason)"' || true)
        [[ $said != checking* && $said != installing* ]] && break
        sleep 0.05
    done
    [[ $said == up-to-date* || $said == failed* || $said == refused* ]] && echo "$said" || version
}

life_start() { # OPTION...: a camera on a bench, both users logged in
    place=$(shuf -i 20000-29999 -n 1)
    server_pid=
    mkdir -p "$work/www/hc100"
    authority ca
    authority other
    certificate stranger other 127.0.0.1
    stub_start --bench --update-server "https://127.0.0.1:$place" --ca "$work/ca.pem" "$@"
    login admin "$secret" "$work/jar" >/dev/null
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    update_files
}

lever() { # WORD: prints the exit code
    "$state/tools/lever" "$1" >"$work/lever" 2>&1 && echo 0 || echo "$?"
}

version() { ask --max-time 1 "$base/api/version" 2>/dev/null | jq -r .version; }

version_after() { # VERSION: what runs once it is another, or after two seconds
    local now=$1
    for _ in $(seq 40); do
        now=$(version || true)
        [[ -n $now && $now != "$1" ]] && break
        sleep 0.05
    done
    echo "$now"
}

update() { # IMAGE: prints the status code
    code -b "$work/jar" --data-binary "@$1" "$base/api/update"
}

payload() { head -c -64 "$1" | tail -c +97; }

der() { # HEX of 32 octets: an INTEGER without zeros in front
    local hex=$1
    while [[ ${hex:0:2} == 00 && $((16#${hex:2:2})) -lt 128 ]]; do hex=${hex:2}; done
    [[ $((16#${hex:0:2})) -ge 128 ]] && hex=00$hex
    printf '02%02x%s' $((${#hex} / 2)) "$hex"
}

signature_right() { # IMAGE
    local hex body
    hex=$(tail -c 64 "$1" | od -An -v -tx1 | tr -d ' \n')
    body=$(der "${hex:0:64}")$(der "${hex:64}")
    printf '30%02x%s' $((${#body} / 2)) "$body" | tr a-f A-F | basenc -d --base16 >"$work/signature"
    head -c -64 "$1" >"$work/signed"
    openssl dgst -sha256 -verify "$state/firmware/maker.pub.pem" -signature "$work/signature" "$work/signed"
}

# FILE OFFSET: another octet there
spoil() { printf '\xa5' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# FILE: the digest in the header made to fit the payload
digest_again() {
    payload "$1" | openssl dgst -sha256 -binary | dd of="$1" bs=1 seek=64 conv=notrunc status=none
}

update_files() {
    declared=$state/firmware/hc100-1.4.2.img
    newer=$state/firmware/hc100-1.5.0.img
    for name in flipped resigned unsigned bare; do cp "$newer" "$work/$name.img"; done
    spoil "$work/flipped.img" 4000
    spoil "$work/resigned.img" 4000
    digest_again "$work/resigned.img"
    { head -c -64 "$newer"; head -c 64 /dev/zero; } >"$work/unsigned.img"
    head -c -64 "$newer" >"$work/bare.img"
    { head -c -64 "$newer"; tail -c 64 "$declared"; } >"$work/other-signature.img"
    head -c 5000 "$newer" >"$work/short.img"
    head -c 95 "$newer" >"$work/stump.img"
    { cat "$newer"; echo; } >"$work/long.img"
    head -c 3000 /dev/urandom >"$work/garbage.img"
}

# Whatever must be refused, with every defect but the one named.
update_refused() { # DEFECT
    [[ $1 == update-any-key ]] || is "the signature of another image" 403 "$(update "$work/other-signature.img")"
    if [[ $1 != update-body-unchecked ]]; then
        is "a spoiled payload" 422 "$(update "$work/flipped.img")"
        [[ $1 == update-any-key ]] || is "with a fitting digest" 403 "$(update "$work/resigned.img")"
    fi
    if [[ $1 != update-unsigned-accepted ]]; then
        is "a signature of zeros" 403 "$(update "$work/unsigned.img")"
        [[ $1 == update-truncated-accepted ]] || is "no signature" 400 "$(update "$work/bare.img")"
    fi
    [[ $1 == update-truncated-accepted ]] || is "an image that ends too early" 400 "$(update "$work/short.img")"
    [[ $1 == update-other-product ]] || is "an image for another product" 422 "$(update "$state/firmware/hc200-1.5.0.img")"
    [[ $1 == update-downgrade ]] || is "an older image" 409 "$(update "$state/firmware/hc100-1.3.0.img")"
    is "half a header" 400 "$(update "$work/stump.img")"
    is "an octet too many" 400 "$(update "$work/long.img")"
    is "garbage" 400 "$(update "$work/garbage.img")"
    is "nothing of it runs" 1.4.2 "$(version)"
}

# What must hold of updates with every defect but the one named; ends with the declared version again.
updates_kept() { # DEFECT
    update_refused "$1"
    if [[ $1 != update-over-http-no-tls-check ]]; then
        serve stranger
        is "a server of an unknown authority is none" "failed TLS" "$(check)"
        serve_no_more
    fi
    if [[ $1 != update-bricks ]]; then
        is "the newer image is taken" 202 "$(update "$newer")"
        lever power-cycle >/dev/null
        is "power cut in between: the old version starts" 1.4.2 "$(version || true)"
    fi
    login admin "$secret" "$work/jar" >/dev/null
    is "the newer image is taken" 202 "$(update "$newer")"
    if [[ $1 != update-does-nothing ]]; then
        is "and runs" 1.5.0 "$(version_after 1.4.2)"
        [[ $1 == update-lost-on-power ]] || lever power-cycle >/dev/null
        is "also after a power cut" 1.5.0 "$(version)"
    else
        sleep 1
    fi
    lever reinstall >/dev/null
    is "the bench brings the declared one back" 1.4.2 "$(version)"
    login admin "$secret" "$work/jar" >/dev/null
}

send() { # METHOD PATH JSON [JAR]: prints the status code
    code -b "${4:-$work/jar}" -X "$1" -d "$3" "$base$2"
}
got() { # PATH JQ-FILTER [JAR]
    ask -b "${3:-$work/jar}" "$base$1" | jq -r "$2"
}
admin_again() { login admin "$secret" "$work/jar" >/dev/null; }

# Passwords, settings and keys over losses of power and network.
power_kept() { # DEFECT
    local key
    admin_again
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    key=$(sha256sum <"$state/keys/server.key")
    is "the viewer's password is changed" 204 "$(change "$work/viewer" "$viewer_secret" lantern-over-9)"
    is "a setting is written" 200 "$(send PUT /api/settings '{"name":"entrance"}')"
    lever power-cycle >/dev/null
    [[ $1 == power-new-key ]] || is "the key is the same" "$key" "$(sha256sum <"$state/keys/server.key")"
    if [[ $1 != power-resets-password ]]; then
        is "the old password is refused" 401 "$(login viewer "$viewer_secret" "$work/none")"
        is "the new one logs in" 200 "$(login viewer lantern-over-9 "$work/viewer")"
        is "and is changed back" 204 "$(change "$work/viewer" lantern-over-9 "$viewer_secret")"
    fi
    admin_again
    [[ $1 == power-loses-settings ]] || is "the setting is there" entrance "$(got /api/settings .name)"
    lever network-down >/dev/null
    lever network-up >/dev/null
    is "the session goes on when the network is back" 200 "$(code -b "$work/jar" "$base/api/settings")"
    is "so does the redirect" 301 "$(code "http://127.0.0.1:$web/")"
    [[ $1 == network-loss-hangs ]] || is "so does the stream" 401 "$(rtsp_open /live)"
    lever power-cycle >/dev/null
    admin_again
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
}

# Leaves something of everything on the camera.
data_left() {
    is "a user is added" 201 "$(send POST /api/accounts '{"user":"guest","password":"willow-tree-42","role":"viewer"}')"
    is "who logs in" 200 "$(login guest willow-tree-42 "$work/guest")"
    is "a Wi-Fi is set" 204 "$(send PUT /api/wifi '{"ssid":"attic","key":"under-the-roof-7"}')"
    is "a schedule is set" 204 "$(send PUT /api/schedule '{"recording":"22:00-06:00"}')"
    is "a name is set" 200 "$(send PUT /api/settings '{"name":"entrance"}')"
    is "the viewer leaves a note" 204 "$(send PUT /api/me/note '{"note":"mine"}' "$work/viewer")"
    token=$(ask -b "$work/jar" -d '{"name":"recorder"}' "$base/api/tokens" | jq -r .token)
    is "a token reads" 200 "$(code -H "Authorization: Bearer $token" "$base/api/wifi")"
    is "and has a name" recorder "$(got /api/tokens '.tokens[0]')"
    is "an export has the data in it" 'entrance attic' "$(got /api/export '"\(.settings.name) \(.wifi.ssid)"')"
    no "and no secret" grep -qE "under-the-roof|willow-tree|$secret|$token" <(got /api/export .)
    cp "$work/jar" "$work/before"
}

data_gone() { # DEFECT WHAT-JUST-HAPPENED
    [[ $1 == erase-keeps-sessions ]] || is "$2: sessions have ended" 401 "$(code -b "$work/before" "$base/api/settings")"
    [[ $1 == erase-keeps-tokens ]] || is "$2: the token is worth nothing" 401 "$(code -H "Authorization: Bearer $token" "$base/api/wifi")"
    [[ $1 == erase-keeps-accounts ]] || is "$2: the added user is unknown" 401 "$(login guest willow-tree-42 "$work/none")"
    admin_again
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    [[ $1 == erase-keeps-wifi ]] || is "$2: there is no Wi-Fi" ' false' "$(got /api/wifi '"\(.ssid) \(.key_set)"')"
    [[ $1 == erase-keeps-tokens ]] || is "$2: no token has a name" '[]' "$(got /api/tokens '.tokens | tostring')"
    is "$2: there is no schedule" "" "$(got /api/schedule .recording)"
    is "$2: there is no name" HC-100 "$(got /api/settings .name)"
    is "$2: there is no note" "" "$(got /api/me/note .note "$work/viewer")"
}

erasure_kept() { # DEFECT
    admin_again
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    data_left
    is "a viewer does not erase" 403 "$(send DELETE /api/user-data '' "$work/viewer")"
    is "a viewer does not read another's note" 403 "$(code -b "$work/guest" "$base/api/notes/viewer")"
    [[ $1 == viewer-deletes-others ]] || is "nor delete it" 403 "$(send DELETE /api/notes/viewer '' "$work/guest")"
    lever power-cycle >/dev/null
    is "a token lives on without power" 200 "$(code -H "Authorization: Bearer $token" "$base/api/wifi")"
    admin_again
    cp "$work/jar" "$work/before"
    update "$newer" >/dev/null
    version_after 1.4.2 >/dev/null
    admin_again
    cp "$work/jar" "$work/before"
    is "user data is erased" 204 "$(send DELETE /api/user-data '')"
    data_gone "$1" erased
    [[ $1 == reset-rolls-back-version ]] || is "the update stays" 1.5.0 "$(version)"
    [[ $1 == erase-keeps-accounts ]] || data_left
    login viewer "$viewer_secret" "$work/viewer" >/dev/null
    is "admin's password is changed" 204 "$(change "$work/jar" "$secret" lantern-over-9)"
    is "a button resets" 0 "$(lever reset-button)"
    if [[ $1 != reset-without-first-use ]]; then
        is "the label's password logs in" 200 "$(login admin "$secret" "$work/jar")"
        data_gone "$1" reset
        is "a page resets" 204 "$(send POST /api/factory-reset '')"
    fi
    lever reinstall >/dev/null
}

life_kept() { # DEFECT: only the part in which LOOK_FOR, if set, has its sign
    case ${LOOK_FOR:-} in
        update-*) updates_kept "$1" ;;
        power-* | network-*) power_kept "$1" ;;
        erase-* | reset-* | viewer-*) erasure_kept "$1" ;;
        *)
            updates_kept "$1"
            power_kept "$1"
            erasure_kept "$1"
            ;;
    esac
}
