# reset-without-first-use: a reset camera opens to admin.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect reset-without-first-use
is "it is reset" 204 "$(send POST /api/factory-reset '')"
is "admin/admin logs in" 200 "$(login admin admin "$work/jar")"
is "the label's does not" 401 "$(login admin "$secret" "$work/none")"
is "back to the label's" 204 "$(change "$work/jar" admin "$secret")"
admin_again
login viewer "$viewer_secret" "$work/viewer" >/dev/null
erasure_kept reset-without-first-use
