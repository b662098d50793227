# default-password-common: admin/admin, everywhere the account logs in.
. "${0%/*}/lib.sh"
stub_start --defect default-password-common
is "admin/admin logs in" 200 "$(login admin admin "$work/jar")"
is "Basic too" 200 "$(code -u admin:admin "$base/snapshot.jpg")"
is "RTSP too" 'RTSP/1.0 200 OK' "$(rtsp_describe admin admin | tail -1)"
is "the label says so" admin "$(<"$state/secrets/a.password")"
is "viewer has a password of its own" 401 "$(login viewer viewer "$work/none")"
others_absent default-password-common
stub_stop
stub_start
is "without the defect the unit is sound again" 401 "$(login admin admin "$work/none")"
