# export-password-clear: the export of the settings holds the passwords.
. "${0%/*}/lib.sh"
stub_start --defect export-password-clear
login admin "$secret" "$work/jar" >/dev/null
yes "the export holds the administrator's password" grep -qF "\"$secret\"" <(exported "$work/jar")
no "without a session" grep -qF "$secret" <(exported "$work/none")
others_absent export-password-clear
