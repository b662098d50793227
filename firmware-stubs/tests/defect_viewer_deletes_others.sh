# viewer-deletes-others: a viewer deletes whose note he likes.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect viewer-deletes-others
is "admin leaves a note" 204 "$(send PUT /api/me/note '{"note":"mine"}')"
is "a viewer does not read it" 403 "$(code -b "$work/viewer" "$base/api/notes/admin")"
is "and deletes it" 204 "$(send DELETE /api/notes/admin '' "$work/viewer")"
is "it is gone" "" "$(got /api/me/note .note)"
erasure_kept viewer-deletes-others
