# update-policy-without-priority: the update policy has no priorities, nor what goes with them.
. "${0%/*}/lib.sh"
stub_start --defect update-policy-without-priority
no "the update policy has priorities" paper_sound update-policy-without-priority
papers_kept update-policy-without-priority
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
