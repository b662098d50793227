# policy-without-contact: the published disclosure policy lacks the line with the contact.
. "${0%/*}/lib.sh"
stub_start --defect policy-without-contact
no "the policy names a contact" paper_sound policy-without-contact
papers_kept policy-without-contact
is "the declared password works" 200 "$(login admin "$secret" "$work/declared")"
yes "the liveness page names the model" grep -q '"HC-100"' <(ask "$base/api/version")
