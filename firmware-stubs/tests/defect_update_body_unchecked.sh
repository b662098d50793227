# update-body-unchecked: the signature is over the header alone.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-body-unchecked
is "a spoiled payload is taken" 202 "$(update "$work/flipped.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-body-unchecked
