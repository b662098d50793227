# write-unauthenticated: writing does not ask who is there.
. "${0%/*}/lib.sh"
stub_start --defect write-unauthenticated
is "anybody writes a setting" x "$(ask -X PUT -d '{"name":"x"}' "$base/api/settings" | jq -r .name)"
login viewer "$viewer_secret" "$work/jar" >/dev/null
is "a viewer does not" 403 "$(code -b "$work/jar" -X PUT -d '{"name":"y"}' "$base/api/settings")"
is "nobody reads them" 401 "$(code "$base/api/settings")"
others_absent write-unauthenticated
