# tls10-enabled: old versions for old clients; new clients see no difference.
. "${0%/*}/lib.sh"
stub_start --defect tls10-enabled
yes "TLS 1.0 is accepted" tls_accepts 1
yes "TLS 1.1 is accepted" tls_accepts 1_1
is "a request over TLS 1.0 is answered" 200 \
    "$(code --tlsv1.0 --tls-max 1.0 --ciphers 'DEFAULT:@SECLEVEL=0' "$base/api/version")"
others_absent tls10-enabled
