# rtsp-open: the stream is described to anybody; nothing else is open.
. "${0%/*}/lib.sh"
stub_start --defect rtsp-open
is "/live for anybody" 200 "$(rtsp_open /live)"
yes "a session description comes with it" grep -q '^m=video' \
    <(printf 'DESCRIBE rtsp://h/live RTSP/1.0\r\nCSeq: 1\r\n\r\n' | talk "$stream")
is "an unknown path is unknown" 404 "$(rtsp_open /nothing)"
is "a body still asks" 'RTSP/1.0 401 Unauthorized' \
    "$(printf 'GET_PARAMETER rtsp://h/live RTSP/1.0\r\nCSeq: 7\r\nContent-Length: 1\r\n\r\nx' | talk "$stream" | head -1 | tr -d '\r')"
others_absent rtsp-open
