# --bench: the levers that a laboratory has, pulled from outside.
. "${0%/*}/lib.sh"
stub_start --bench
lever() { "$state/tools/lever" "$@" >"$work/lever" 2>&1 && echo 0 || echo "$?"; }
answers() { code --max-time 1 "$base/api/version" 2>/dev/null || true; }
setting() { code -b "$work/jar" -X PUT -d "{\"name\":\"$1\"}" "$base/api/settings"; }
name() { ask -b "$work/jar" "$base/api/settings" | jq -r .name; }

login admin "$secret" "$work/jar" >/dev/null
is "a setting is written" 200 "$(setting before)"
is "save" 0 "$(lever save)"
is "another" 200 "$(setting after)"
key=$(sha256sum <"$state/keys/server.key")

is "power off" 0 "$(lever power-off)"
is "nothing answers" 000 "$(answers)"
is "power off again" 0 "$(lever power-off)"
begin=$(date +%s%N)
is "power on" 0 "$(lever power-on)"
yes "it answers at once" test "$(answers)" = 200
yes "within a third of a second" test $((($(date +%s%N) - begin) / 1000000)) -lt 333
is "sessions have ended" 401 "$(code -b "$work/jar" "$base/api/settings")"
login admin "$secret" "$work/jar" >/dev/null
is "the setting is there" after "$(name)"
is "the key is the same" "$key" "$(sha256sum <"$state/keys/server.key")"

is "network down" 0 "$(lever network-down)"
is "nothing answers" 000 "$(answers)"
is "network up" 0 "$(lever network-up)"
is "the session goes on" 200 "$(code -b "$work/jar" "$base/api/settings")"
is "the stream answers" 401 "$(rtsp_open /live)"
lever network-down >/dev/null
is "power cycle" 0 "$(lever power-cycle)"
is "the plug is still out" 000 "$(answers)"
is "restore" 0 "$(lever restore)"
login admin "$secret" "$work/jar" >/dev/null
is "the saved setting is back" before "$(name)"
is "save by a name" 0 "$(lever save one)"
is "another name was never saved" 3 "$(lever restore two)"
is "the name that was" 0 "$(lever restore one)"
is "whatever was saved last" 0 "$(lever restore)"
is "an unknown lever is refused" 3 "$(lever frobnicate)"
for _ in 1 2 3; do lever power-cycle >/dev/null; done
is "the ready line came once" 1 "$(wc -l <"$work/ready")"
whole=yes
for round in 1 2 3 4 5 6; do
    login admin "$secret" "$work/jar" >/dev/null
    setting "round-$round" >/dev/null 2>&1 &
    changing=$!
    sleep "0.0$round"
    lever power-cycle >/dev/null
    wait "$changing" || true
    login admin "$secret" "$work/jar" >/dev/null
    [[ $(name) =~ ^(before|round-[1-6])$ ]] || whole=no
done
is "power cut in the middle of a change leaves what was or what is" yes "$whole"
stub_stop
is "without a bench a lever fails" 1 "$(lever power-on)"
