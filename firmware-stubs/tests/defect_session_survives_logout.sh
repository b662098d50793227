# session-survives-logout: the cookie goes, the session stays.
. "${0%/*}/lib.sh"
stub_start --defect session-survives-logout
login admin "$secret" "$work/jar" >/dev/null
token=$(awk '$6 == "session" { print $7 }' "$work/jar")
is "log-out" 204 "$(code -b "$work/jar" -X POST "$base/api/logout")"
is "the session still reads" 200 "$(code -H "Cookie: session=$token" "$base/api/users")"
others_absent session-survives-logout
