# support-end-missing: the manual names no last day of security updates.
. "${0%/*}/lib.sh"
stub_start --defect support-end-missing
no "the manual names the end of support" paper_sound support-end-missing
papers_kept support-end-missing
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
