# first-use-common-password: the list is not looked at.
. "${0%/*}/lib.sh"
stub_start --first-use --defect first-use-common-password
first_use_kept first-use-common-password
is "a common first password is taken" 204 "$(first_password password)"
is "and logs in" 200 "$(login admin password "$work/jar")"
