# power-resets-password: power comes back, and the label is right again.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect power-resets-password
is "the viewer's password is changed" 204 "$(change "$work/viewer" "$viewer_secret" lantern-over-9)"
lever power-cycle >/dev/null
is "the label's logs in" 200 "$(login viewer "$viewer_secret" "$work/viewer")"
is "the user's does not" 401 "$(login viewer lantern-over-9 "$work/none")"
admin_again
power_kept power-resets-password
