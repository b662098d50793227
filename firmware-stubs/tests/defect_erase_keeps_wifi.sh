# erase-keeps-wifi: the Wi-Fi stays.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect erase-keeps-wifi
data_left
is "user data is erased" 204 "$(send DELETE /api/user-data '')"
admin_again
is "the Wi-Fi is there" 'attic true' "$(got /api/wifi '"\(.ssid) \(.key_set)"')"
erasure_kept erase-keeps-wifi
