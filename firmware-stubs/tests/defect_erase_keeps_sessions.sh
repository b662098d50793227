# erase-keeps-sessions: sessions stay open.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect erase-keeps-sessions
data_left
is "user data is erased" 204 "$(send DELETE /api/user-data '')"
is "the session goes on" 200 "$(code -b "$work/before" "$base/api/settings")"
erasure_kept erase-keeps-sessions
