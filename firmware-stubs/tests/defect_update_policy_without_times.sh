# update-policy-without-times: the update policy promises no time.
. "${0%/*}/lib.sh"
stub_start --defect update-policy-without-times
no "the update policy has times" paper_sound update-policy-without-times
papers_kept update-policy-without-times
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
