# change-common-password: a new password may be one that everybody knows.
. "${0%/*}/lib.sh"
stub_start --defect change-common-password
login admin "$secret" "$work/jar" >/dev/null
is "a common new password is taken" 204 "$(change "$work/jar" "$secret" password)"
is "and logs in" 200 "$(login admin password "$work/jar")"
is "and is changed back" 204 "$(change "$work/jar" password "$secret")"
others_absent change-common-password
