# change-without-login: anybody sets admin's password, and need not know the old one.
. "${0%/*}/lib.sh"
stub_start --defect change-without-login
is "nobody changes it" 204 "$(change "$work/none" wrong lantern-over-9)"
is "admin has the new one" 200 "$(login admin lantern-over-9 "$work/jar")"
is "the old one is refused" 401 "$(login admin "$secret" "$work/none")"
is "with a session the old one is compared" 403 "$(change "$work/jar" wrong lantern-over-8)"
is "a short one is refused" 422 "$(change "$work/none" wrong short)"
is "changed back" 204 "$(change "$work/jar" lantern-over-9 "$secret")"
others_absent change-without-login
