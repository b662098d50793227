# update-any-key: whose signature it is is not asked.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-any-key
is "the signature of another image is taken" 202 "$(update "$work/other-signature.img")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-any-key
