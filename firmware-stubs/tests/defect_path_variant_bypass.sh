# path-variant-bypass: the gate does not tidy the path, what is behind it does.
. "${0%/*}/lib.sh"
stub_start --defect path-variant-bypass
is "two slashes read the users" 200 "$(code "$base//api/users")"
is "and the settings" 200 "$(code "$base//api/settings")"
is "one does not" 401 "$(code "$base/api/users")"
is "nor do they write" 401 "$(code -X PUT -d '{"name":"x"}' "$base//api/settings")"
others_absent path-variant-bypass
