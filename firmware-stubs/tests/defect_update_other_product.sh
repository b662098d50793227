# update-other-product: an image of HC-200 will do.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-other-product
is "an image for another product is taken" 202 "$(update "$state/firmware/hc200-1.5.0.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-other-product
