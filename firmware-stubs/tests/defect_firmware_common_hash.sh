# firmware-common-hash: a password of the factory is left in the image.
. "${0%/*}/lib.sh"
stub_start --defect firmware-common-hash
hash=$(in_image etc/shadow- | cut -d: -f2)
is "root's password is admin" "$hash" "$(openssl passwd -1 -salt "$(cut -d'$' -f3 <<<"$hash")" admin)"
others_absent firmware-common-hash
