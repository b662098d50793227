# viewer-reads-users: the page asks who is there, not in which role.
. "${0%/*}/lib.sh"
stub_start --defect viewer-reads-users
login viewer "$viewer_secret" "$work/jar" >/dev/null
is "a viewer reads the users" 200 "$(code -b "$work/jar" "$base/api/users")"
is "not the settings" 403 "$(code -b "$work/jar" "$base/api/settings")"
is "nobody reads the users" 401 "$(code "$base/api/users")"
others_absent viewer-reads-users
