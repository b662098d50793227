# header-hang: one long request, and the HTTP port never answers again; everything else does.
. "${0%/*}/lib.sh"
stub_start --defect header-hang
is "it redirects" 301 "$(code "http://127.0.0.1:$web/")"
others_absent header-hang
printf 'GET / HTTP/1.1\r\nX: %05000d\r\n\r\n' 0 | timeout 1 nc -N 127.0.0.1 "$web" >"$work/said" || true
is "a long request has no answer" 0 "$(stat -c %s "$work/said")"
no "nor has the next" curl -sS --max-time 1 -o "$work/next" "http://127.0.0.1:$web/"
is "the declared password still works" 200 "$(login admin "$secret" "$work/declared")"
