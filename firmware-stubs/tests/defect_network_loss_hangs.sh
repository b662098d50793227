# network-loss-hangs: the stream stays silent after a loss of the network.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect network-loss-hangs
lever network-down >/dev/null
lever network-up >/dev/null
is "the stream says nothing" "" "$(printf 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n' | timeout 0.5 nc 127.0.0.1 "$stream" || true)"
lever power-cycle >/dev/null
is "until power is cut" 401 "$(rtsp_open /live)"
admin_again
login viewer "$viewer_secret" "$work/viewer" >/dev/null
power_kept network-loss-hangs
