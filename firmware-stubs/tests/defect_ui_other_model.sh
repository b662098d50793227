# ui-other-model: the pages say HC-900.
. "${0%/*}/lib.sh"
stub_start --defect ui-other-model
no "no page has another model" paper_sound ui-other-model
papers_kept ui-other-model
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
