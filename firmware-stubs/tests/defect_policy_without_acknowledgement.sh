# policy-without-acknowledgement: the published disclosure policy lacks the line on acknowledgement.
. "${0%/*}/lib.sh"
stub_start --defect policy-without-acknowledgement
no "the policy says when a report is acknowledged" paper_sound policy-without-acknowledgement
papers_kept policy-without-acknowledgement
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
