# erase-keeps-tokens: tokens stay valid.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect erase-keeps-tokens
data_left
is "user data is erased" 204 "$(send DELETE /api/user-data '')"
is "the token reads" 200 "$(code -H "Authorization: Bearer $token" "$base/api/wifi")"
admin_again
erasure_kept erase-keeps-tokens
