# update-lost-on-power: what was installed is in memory alone.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-lost-on-power
is "the newer image is taken" 202 "$(update "$newer")"
is "and runs" 1.5.0 "$(version_after 1.4.2)"
lever power-cycle >/dev/null
is "until power is cut" 1.4.2 "$(version)"
login admin "$secret" "$work/jar" >/dev/null
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-lost-on-power
