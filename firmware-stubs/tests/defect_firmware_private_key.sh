# firmware-private-key: every unit is delivered with the same key.
. "${0%/*}/lib.sh"
stub_start --defect firmware-private-key
yes "the image holds a key" openssl pkey -in <(in_image etc/ssl/private/server.key) -noout
others_absent firmware-private-key
