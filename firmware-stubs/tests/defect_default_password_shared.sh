# default-password-shared: every unit has the same one.
. "${0%/*}/lib.sh"
stub_start --defect default-password-shared
is "both labels say the same" "$(<"$state/secrets/a.password")" "$(<"$state/secrets/b.password")"
is "it logs in" 200 "$(login admin "$secret" "$work/jar")"
others_absent default-password-shared
