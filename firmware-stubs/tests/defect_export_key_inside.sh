# export-key-inside: the export of the settings holds the key of the certificate.
. "${0%/*}/lib.sh"
stub_start --defect export-key-inside
login admin "$secret" "$work/jar" >/dev/null
is "the export holds the unit's key" "$(openssl pkey -in "$state/keys/server.key" -pubout)" \
    "$(exported "$work/jar" | jq -r .tls_key | openssl pkey -pubout)"
others_absent export-key-inside
