# viewer-writes-settings: writing asks who is there, not in which role.
. "${0%/*}/lib.sh"
stub_start --defect viewer-writes-settings
login viewer "$viewer_secret" "$work/jar" >/dev/null
is "a viewer writes a setting" 200 "$(code -b "$work/jar" -X PUT -d '{"name":"x"}' "$base/api/settings")"
is "and does not read them" 403 "$(code -b "$work/jar" "$base/api/settings")"
others_absent viewer-writes-settings
