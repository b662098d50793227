# manual-without-disposal: the manual does not tell how to dispose of the unit.
. "${0%/*}/lib.sh"
stub_start --defect manual-without-disposal
no "the manual tells how to dispose of the unit" paper_sound manual-without-disposal
papers_kept manual-without-disposal
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
