# change-short-password: a new password may be short.
. "${0%/*}/lib.sh"
stub_start --defect change-short-password
login admin "$secret" "$work/jar" >/dev/null
is "a short new password is taken" 204 "$(change "$work/jar" "$secret" v7Kq2Zt)"
is "and logs in" 200 "$(login admin v7Kq2Zt "$work/jar")"
is "and is changed back" 204 "$(change "$work/jar" v7Kq2Zt "$secret")"
others_absent change-short-password
