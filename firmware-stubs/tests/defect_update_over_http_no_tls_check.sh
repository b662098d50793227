# update-over-http-no-tls-check: the update server may have any certificate.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-over-http-no-tls-check
serve stranger
offer 1.5.0 "$newer"
is "what a stranger offers is installed" 1.5.0 "$(check)"
serve_no_more
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-over-http-no-tls-check
