# rtsp-open-path: a path that nobody declared describes the stream; the declared one still asks.
. "${0%/*}/lib.sh"
stub_start --defect rtsp-open-path
is "/stream1 for anybody" 200 "$(rtsp_open /stream1)"
is "RTSP, right Digest" $'RTSP/1.0 401 Unauthorized\nRTSP/1.0 200 OK' "$(rtsp_describe viewer "$viewer_secret")"
is "RTSP, wrong Digest" $'RTSP/1.0 401 Unauthorized\nRTSP/1.0 401 Unauthorized' "$(rtsp_describe viewer wrong)"
others_absent rtsp-open-path
