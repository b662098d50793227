# session-never-expires: an unused session stays open.
. "${0%/*}/lib.sh"
stub_start --defect session-never-expires --session-lifetime 1
login admin "$secret" "$work/jar" >/dev/null
sleep 1.5
is "the unused session still reads" 200 "$(code -b "$work/jar" "$base/api/users")"
is "logging out ends it" 204 "$(code -b "$work/jar" -X POST "$base/api/logout")"
others_absent session-never-expires
