# The sound camera: every declared service does what it says, and nothing more.
. "${0%/*}/lib.sh"
stub_start --session-lifetime 1
others_absent none

is "the model is public" '{"model":"HC-100","version":"1.4.2"}' "$(ask "$base/api/version")"
yes "the log-in page names the model" grep -q HC-100 <(ask "$base/")
yes "the certificate names hc-100.local" ask --resolve "hc-100.local:$admin:127.0.0.1" -o /dev/null "https://hc-100.local:$admin/"
no "another authority is not enough" curl -sS --max-time 5 -o /dev/null "$base/"
is "the profile has the three ports" "$(printf '%s\n' "$admin" "$web" "$stream" | sort -n | tr '\n' ' ')" "$(profile_ports)"

is "right log-in" 200 "$(login admin "$secret" "$work/jar")"
yes "the cookie is HttpOnly" grep -q '^#HttpOnly_127.0.0.1.*TRUE.*session' "$work/jar"
is "settings with a session" 200 "$(code -b "$work/jar" "$base/api/settings")"
is "users with a session" 200 "$(code -b "$work/jar" "$base/api/users")"
is "a setting is written" 200 "$(code -b "$work/jar" -X PUT -d '{"name":"entrance"}' "$base/api/settings")"
is "it is read back" entrance "$(ask -b "$work/jar" "$base/api/settings" | jq -r .name)"
is "an unknown setting is refused" 400 "$(code -b "$work/jar" -X PUT -d '{"nmae":"x"}' "$base/api/settings")"
is "another method" 405 "$(code -b "$work/jar" -X DELETE "$base/api/settings")"
is "an unknown page" 404 "$(code "$base/nothing")"
cp "$work/jar" "$work/stale"
is "log-out" 204 "$(code -b "$work/jar" -X POST "$base/api/logout")"
is "a stale session is refused" 401 "$(code -b "$work/stale" "$base/api/settings")"
is "an invented session is refused" 401 "$(code -H 'Cookie: session=00000000000000000000000000000000' "$base/api/settings")"

is "viewer log-in" 200 "$(login viewer "$viewer_secret" "$work/viewer")"
is "viewer sees the page" 200 "$(code -b "$work/viewer" "$base/admin")"
is "viewer sees the snapshot" 200 "$(code -b "$work/viewer" "$base/snapshot.jpg")"
is "viewer does not read settings" 403 "$(code -b "$work/viewer" "$base/api/settings")"
is "viewer does not write them" 403 "$(code -b "$work/viewer" -X PUT -d '{"name":"x"}' "$base/api/settings")"
is "viewer does not see users" 403 "$(code -b "$work/viewer" "$base/api/users")"

is "empty log-in" 401 "$(login '' '' "$work/none")"
is "no password" 401 "$(login admin '' "$work/none")"
is "unknown user" 401 "$(login root root "$work/none")"
is "no JSON" 400 "$(code -d 'user=admin' "$base/api/login")"
is "snapshot without a log-in" 401 "$(code "$base/snapshot.jpg")"
is "snapshot, wrong Basic" 401 "$(code -u admin:wrong "$base/snapshot.jpg")"
is "snapshot, right Basic" 200 "$(code -u "admin:$secret" "$base/snapshot.jpg")"
yes "the snapshot is a JPEG" grep -qa JFIF <(ask -u "admin:$secret" "$base/snapshot.jpg")

is "HTTP redirects" "301 https://127.0.0.1:$admin/any/path" \
    "$(curl -sS --max-time 1 -o /dev/null -w '%{http_code} %{redirect_url}' "http://127.0.0.1:$web/any/path")"
is "HTTP redirects a log-in too" 301 "$(curl -sS --max-time 1 -o /dev/null -w '%{http_code}' -d '{}' "http://127.0.0.1:$web/api/login")"

yes "RTSP OPTIONS (curl)" grep -q 'Public: OPTIONS' <(curl -sS -i "rtsp://127.0.0.1:$stream/live")
is "RTSP, right Digest" $'RTSP/1.0 401 Unauthorized\nRTSP/1.0 200 OK' "$(rtsp_describe viewer "$viewer_secret")"
is "RTSP, wrong Digest" $'RTSP/1.0 401 Unauthorized\nRTSP/1.0 401 Unauthorized' "$(rtsp_describe viewer wrong)"
is "RTSP GET_PARAMETER" 'RTSP/1.0 200 OK' \
    "$(printf 'GET_PARAMETER rtsp://h/live RTSP/1.0\r\nCSeq: 7\r\n\r\n' | talk "$stream" | head -1 | tr -d '\r')"
is "RTSP without CSeq" 'RTSP/1.0 400 Bad Request' \
    "$(printf 'OPTIONS * RTSP/1.0\r\n\r\n' | talk "$stream" | head -1 | tr -d '\r')"

stub_stop
rm -rf "$state"
stub_start --first-use
is "without a default it waits" true "$(ask "$base/api/setup" | jq .first_use)"
first_use_kept none
is "a good first password is taken" 204 "$(first_password lantern-over-9)"
is "once" 409 "$(first_password lantern-over-8)"
is "and logs in" 200 "$(login admin lantern-over-9 "$work/jar")"
is "a reset needs the administrator" 401 "$(code -X POST "$base/api/reset")"
is "and brings the state back" 204 "$(code -b "$work/jar" -X POST "$base/api/reset")"
is "in which nobody logs in" 401 "$(login admin lantern-over-9 "$work/none")"
