# update-unsigned-accepted: a signature is looked at when there is one.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-unsigned-accepted
is "a signature of zeros is taken" 202 "$(update "$work/unsigned.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
is "no signature is taken" 202 "$(update "$work/bare.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-unsigned-accepted
