# update-bricks: written over what runs.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect update-bricks
is "the newer image is taken" 202 "$(update "$newer")"
sleep 0.1
is "power is cut in between" 0 "$(lever power-cycle)"
is "nothing starts" "" "$(version || true)"
is "nor later" 0 "$(lever power-on)"
is "the bench brings the declared one back" 0 "$(lever reinstall)"
is "which starts" 1.4.2 "$(version)"
login admin "$secret" "$work/jar" >/dev/null
lever save >/dev/null
update "$newer" >/dev/null
sleep 0.1
lever power-cycle >/dev/null
is "and so does restore" 0 "$(lever restore)"
is "which starts too" 1.4.2 "$(version)"
login admin "$secret" "$work/jar" >/dev/null
lever reinstall >/dev/null
login admin "$secret" "$work/jar" >/dev/null
updates_kept update-bricks
