# first-use-short-password: three characters will do.
. "${0%/*}/lib.sh"
stub_start --first-use --defect first-use-short-password
first_use_kept first-use-short-password
is "a short first password is taken" 204 "$(first_password v7K)"
is "and logs in" 200 "$(login admin v7K "$work/jar")"
