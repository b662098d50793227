# sessions-survive-change: a session that somebody else has does not end with the password.
. "${0%/*}/lib.sh"
stub_start --defect sessions-survive-change
login admin "$secret" "$work/jar" >/dev/null
login admin "$secret" "$work/other" >/dev/null
is "the password is changed" 204 "$(change "$work/jar" "$secret" lantern-over-9)"
is "the other session is still open" 200 "$(code -b "$work/other" "$base/api/settings")"
is "the old password is refused" 401 "$(login admin "$secret" "$work/none")"
is "logging out still ends one" 204 "$(code -X POST -b "$work/other" "$base/api/logout")"
is "so it is closed" 401 "$(code -b "$work/other" "$base/api/settings")"
is "changed back" 204 "$(change "$work/jar" lantern-over-9 "$secret")"
others_absent sessions-survive-change
