# update-downgrade: an older image will do.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-downgrade
is "an older image is taken" 202 "$(update "$state/firmware/hc100-1.3.0.img")"
is "and runs" 1.3.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-downgrade
