# old-password-stays: after a change both passwords log in.
. "${0%/*}/lib.sh"
stub_start --defect old-password-stays
login admin "$secret" "$work/jar" >/dev/null
is "the password is changed" 204 "$(change "$work/jar" "$secret" lantern-over-9)"
is "the new one is accepted" 200 "$(login admin lantern-over-9 "$work/jar")"
is "the old one too" 200 "$(login admin "$secret" "$work/old")"
is "over RTSP as well" 'RTSP/1.0 200 OK' "$(rtsp_describe admin "$secret" | tail -1)"
is "any other is refused" 401 "$(login admin lantern-over-8 "$work/none")"
is "changed back" 204 "$(change "$work/jar" lantern-over-9 "$secret")"
others_absent old-password-stays
