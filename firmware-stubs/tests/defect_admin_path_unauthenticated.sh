# admin-path-unauthenticated: two pages forgot to ask who is there; writing did not.
. "${0%/*}/lib.sh"
stub_start --defect admin-path-unauthenticated
is "/admin for anybody" 200 "$(code "$base/admin")"
is "/api/settings for anybody" HC-100 "$(ask "$base/api/settings" | jq -r .name)"
is "/api/users still asks" 401 "$(code "$base/api/users")"
is "the snapshot still asks" 401 "$(code "$base/snapshot.jpg")"
others_absent admin-path-unauthenticated
