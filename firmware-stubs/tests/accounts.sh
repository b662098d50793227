# Changing a password, keeping it over a restart, and locking an account.
. "${0%/*}/lib.sh"
stub_start --lockout 5:2

login admin "$secret" "$work/jar" >/dev/null
login admin "$secret" "$work/other" >/dev/null
is "a short password is refused" 422 "$(change "$work/jar" "$secret" short)"
is "a common password is refused" 422 "$(change "$work/jar" "$secret" password1)"
is "a wrong old password is refused" 403 "$(change "$work/jar" wrong lantern-over-9)"
is "no session, no change" 401 "$(change "$work/none" "$secret" lantern-over-9)"
is "the password is changed" 204 "$(change "$work/jar" "$secret" lantern-over-9)"
is "the old one is refused" 401 "$(login admin "$secret" "$work/none")"
is "every session has ended" 401 "$(code -b "$work/other" "$base/api/settings")"
is "the new one is accepted" 200 "$(login admin lantern-over-9 "$work/jar")"
is "RTSP has the same account" 'RTSP/1.0 200 OK' "$(rtsp_describe admin lantern-over-9 | tail -1)"

before=$secret
code -b "$work/jar" -X PUT -d '{"name":"kept"}' "$base/api/settings" >/dev/null
stub_stop
stub_start --lockout 5:2
is "the change survives a restart" 401 "$(login admin "$before" "$work/none")"
is "the new one still works" 200 "$(login admin lantern-over-9 "$work/jar")"
is "the secret file follows" lantern-over-9 "$secret"
is "settings survive too" kept "$(ask -b "$work/jar" "$base/api/settings" | jq -r .name)"
is "sessions do not" 401 "$(code -b "$work/other" "$base/api/settings")"
is "changed back" 204 "$(change "$work/jar" lantern-over-9 "$before")"

login viewer "$viewer_secret" "$work/viewer" >/dev/null
for attempt in 1 2 3 4 5; do
    is "wrong log-in $attempt" 401 "$(login viewer wrong "$work/none")"
done
is "locked: a wrong password" 429 "$(login viewer wrong "$work/none")"
is "locked: the right password too" 429 "$(login viewer "$viewer_secret" "$work/none")"
is "locked: Basic too" 429 "$(code -u "viewer:$viewer_secret" "$base/snapshot.jpg")"
is "locked: RTSP too" 'RTSP/1.0 503 Service Unavailable' "$(rtsp_describe viewer "$viewer_secret" | tail -1)"
is "locked: it says for how long" 2 "$(ask -i -u viewer:x "$base/snapshot.jpg" | tr -d '\r' | sed -n 's/^Retry-After: [12]$/2/p')"
is "another account is not locked" 200 "$(login admin "$before" "$work/jar")"
sleep 2.1
is "one more wrong log-in after the delay" 401 "$(login viewer wrong "$work/none")"
is "locks again" 429 "$(login viewer "$viewer_secret" "$work/none")"
is "for twice as long" yes "$(ask -i -u viewer:x "$base/snapshot.jpg" | tr -d '\r' | sed -n 's/^Retry-After: [34]$/yes/p')"
sleep 4.1
is "then the right password works" 200 "$(login viewer "$viewer_secret" "$work/viewer")"

for _ in 1 2 3 4 5; do login nobody wrong "$work/none" >/dev/null; done
is "an unknown name locks alike" 429 "$(login nobody wrong "$work/none")"
yes "the profile declares the lock-out" grep -q 'lockout: {after: 5, delay_s: 2,' "$profile"
