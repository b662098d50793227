# manual-without-version: the manual does not tell how to see the installed version.
. "${0%/*}/lib.sh"
stub_start --defect manual-without-version
no "the manual tells how to see the version" paper_sound manual-without-version
papers_kept manual-without-version
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
