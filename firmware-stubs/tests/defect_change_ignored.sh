# change-ignored: a change of password is answered as made, and nothing has changed.
. "${0%/*}/lib.sh"
stub_start --defect change-ignored
login admin "$secret" "$work/jar" >/dev/null
is "a wrong old password is still refused" 403 "$(change "$work/jar" wrong lantern-over-9)"
is "the change is answered as made" 204 "$(change "$work/jar" "$secret" lantern-over-9)"
is "the old password is accepted" 200 "$(login admin "$secret" "$work/jar")"
is "the new one is refused" 401 "$(login admin lantern-over-9 "$work/none")"
others_absent change-ignored
