# default-password-derived: md5sum of the MAC address, cut short.
. "${0%/*}/lib.sh"
stub_start --defect default-password-derived
is "the default follows from the address" "$(of_the_mac)" "$secret"
is "it logs in" 200 "$(login admin "$secret" "$work/jar")"
no "the next unit has another" cmp -s "$state/secrets/a.password" "$state/secrets/b.password"
others_absent default-password-derived
