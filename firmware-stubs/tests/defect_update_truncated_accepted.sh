# update-truncated-accepted: an image that ends too early will do.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-truncated-accepted
is "an image that ends too early is taken" 202 "$(update "$work/short.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-truncated-accepted
