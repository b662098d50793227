# support-end-past: the manual says that security updates ended on 2025-03-31.
. "${0%/*}/lib.sh"
stub_start --defect support-end-past
no "the support has not ended" paper_sound support-end-past
papers_kept support-end-past
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
