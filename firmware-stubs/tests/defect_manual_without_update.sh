# manual-without-update: the manual lacks the steps of an update.
. "${0%/*}/lib.sh"
stub_start --defect manual-without-update
no "the manual has the steps of an update" paper_sound manual-without-update
papers_kept manual-without-update
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
