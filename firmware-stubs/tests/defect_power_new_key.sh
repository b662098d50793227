# power-new-key: power comes back with another key.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect power-new-key
key=$(sha256sum <"$state/keys/server.key")
cp "$state/certs/device-ca.pem" "$work/known.pem"
lever power-cycle >/dev/null
no "the key is the same" test "$key" = "$(sha256sum <"$state/keys/server.key")"
no "who knew the unit knows it still" curl -sS --max-time 5 --cacert "$work/known.pem" -o /dev/null "$base/"
admin_again
power_kept power-new-key
