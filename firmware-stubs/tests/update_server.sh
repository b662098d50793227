# The camera as a client of its update server, which openssl s_server plays here.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start
certificate server ca 127.0.0.1
certificate elsewhere ca 127.0.0.9
is "nobody makes it ask" 401 "$(code -X POST "$base/api/update/check")"
is "no server, no update" "failed no connection" "$(check)"
offer 1.5.0 "$newer"
serve stranger
is "a server of an unknown authority is none" "failed TLS" "$(check)"
serve elsewhere
is "nor is one with another name" "failed TLS" "$(check)"
serve server
offer 1.5.0 "$newer" "$(printf %064d 0)"
is "an image of another digest is not installed" "failed the image: digest" "$(check)"
offer 1.6.0 "$work/resigned.img"
is "one with a wrong signature is refused" "refused signature" "$(check)"
offer 1.3.0 "$state/firmware/hc100-1.3.0.img"
is "an older one is not asked for" "up-to-date " "$(check)"
echo '[' >"$work/www/hc100/latest.json"
is "garbage is not understood" "failed latest.json: not understood" "$(check)"
offer 1.5.0 "$newer"
is "the newer one is installed" 1.5.0 "$(check)"
is "and is the newest" "up-to-date " "$(check)"
lever reinstall >/dev/null
is "the camera asks by itself" 0 "$(lever client-start)"
is "and gets the newer one" 1.5.0 "$(version_after 1.4.2)"
is "until it is told to stop" 0 "$(lever client-stop)"
serve_no_more
