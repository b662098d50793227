# update-does-nothing: accepted, and nothing comes of it.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-does-nothing
is "the newer image is taken" 202 "$(update "$newer")"
sleep 1
is "the old version goes on" 1.4.2 "$(version)"
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-does-nothing
