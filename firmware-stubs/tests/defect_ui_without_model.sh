# ui-without-model: the pages say カメラ where the model should be.
. "${0%/*}/lib.sh"
stub_start --defect ui-without-model
no "the log-in page has a model" paper_sound ui-without-model
papers_kept ui-without-model
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
