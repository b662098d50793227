# reset-rolls-back-version: the firmware goes back too.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect reset-rolls-back-version
is "the newer image is taken" 202 "$(update "$newer")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
admin_again
is "user data is erased" 204 "$(send DELETE /api/user-data '')"
is "and the update with it" 1.4.2 "$(version)"
lever power-cycle >/dev/null
is "for good" 1.4.2 "$(version)"
admin_again
erasure_kept reset-rolls-back-version
