# Forty wrong log-ins, the profile's budget, are answered quickly and do not lock the account.
. "${0%/*}/lib.sh"
stub_start
begin=$(date +%s%N)
for attempt in $(seq 40); do
    printf 'next\nurl = "%s/api/login"\ndata = "{\\"user\\":\\"admin\\",\\"password\\":\\"guess%d\\"}"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$base" "$attempt"
done | sed 1d >"$work/config"
sed -i "s|^url|cacert = \"$state/certs/device-ca.pem\"\nurl|" "$work/config"
is "forty times 401" 40 "$(curl -sS -K "$work/config" | grep -c '^401$')"
took_ms=$((($(date +%s%N) - begin) / 1000000))
echo "took ${took_ms} ms"
yes "in less than ten seconds" test "$took_ms" -lt 10000
is "the right password still works" 200 "$(login admin "$secret" "$work/jar")"
