# backup-unauthenticated: /backup.cfg asks nobody who they are.
. "${0%/*}/lib.sh"
stub_start --defect backup-unauthenticated
is "/backup.cfg is open" 200 "$(code "$base/backup.cfg")"
others_absent backup-unauthenticated
