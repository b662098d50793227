# erase-keeps-accounts: added users stay.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect erase-keeps-accounts
data_left
is "user data is erased" 204 "$(send DELETE /api/user-data '')"
is "the added user logs in" 200 "$(login guest willow-tree-42 "$work/none")"
admin_again
is "until somebody removes him" 204 "$(send DELETE /api/accounts/guest '')"
erasure_kept erase-keeps-accounts
