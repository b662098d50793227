# tls-without-encryption: a suite that encrypts nothing, for whoever offers it alone.
. "${0%/*}/lib.sh"
stub_start --defect tls-without-encryption
yes "a suite without encryption is accepted" tls_accepts 1_2 NULL
is "a request in clear is answered" 200 "$(code --tls-max 1.2 --ciphers 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0' "$base/api/version")"
no "where something better is offered, it is taken" grep -q NULL <(openssl s_client -connect "127.0.0.1:$admin" -tls1_2 \
    -cipher NULL:ALL:@SECLEVEL=0 </dev/null 2>/dev/null)
others_absent tls-without-encryption
