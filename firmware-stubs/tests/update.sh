# Updates: who may send one, what an image looks like from outside, and that one is written at a time.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start
is "nobody updates" 401 "$(code --data-binary "@$newer" "$base/api/update")"
is "nor does a viewer" 403 "$(code -b "$work/viewer" --data-binary "@$newer" "$base/api/update")"
is "a page takes in no more than it needs" 413 "$(head -c 5000 /dev/zero | code -b "$work/jar" -X PUT --data-binary @- "$base/api/settings")"
is "nothing of five megabytes is taken in" 413 "$(head -c 5000000 /dev/zero | code -b "$work/jar" -H 'Expect:' --data-binary @- "$base/api/update" 2>/dev/null)"
is "the archive in the image is one" etc/os-release "$(payload "$newer" | tar -tz | head -1)"
is "and has the version in it" VERSION_ID=1.5.0 "$(payload "$newer" | tar -xzO etc/os-release | grep VERSION)"
yes "openssl finds the signature right" signature_right "$newer"
is "keys of the maker are private" 600 "$(stat -c %a "$state/vendor/signing.key")"

yes "whatever an image becomes, it is judged by what is there" "$IMAGES" "$newer"
is "an update is under way" 202 "$(update "$newer")"
is "a second one meanwhile is refused" 409 "$(update "$newer")"
is "it runs" 1.5.0 "$(version_after 1.4.2)"
login admin "$secret" "$work/jar" >/dev/null
is "the version before is refused" 409 "$(update "$declared")"
