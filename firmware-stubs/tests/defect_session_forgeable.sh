# session-forgeable: the rest of the cookie is not looked at.
. "${0%/*}/lib.sh"
stub_start --defect session-forgeable
login admin "$secret" "$work/jar" >/dev/null
token=$(awk '$6 == "session" { print $7 }' "$work/jar")
is "the first eight characters are enough" 200 "$(code -H "Cookie: session=${token:0:8}000000000000000000000000" "$base/api/users")"
is "an invented session is not" 401 "$(code -H "Cookie: session=00000000000000000000000000000000" "$base/api/users")"
others_absent session-forgeable
