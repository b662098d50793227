# policy-unpublished: `GET /disclosure-policy` is 404.
. "${0%/*}/lib.sh"
stub_start --defect policy-unpublished
no "the policy is published" paper_sound policy-unpublished
papers_kept policy-unpublished
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
