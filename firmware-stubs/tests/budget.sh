# Forty wrong log-ins, the profile's budget, with a right one after every eight: never locked, quickly answered.
. "${0%/*}/lib.sh"
stub_start
begin=$(date +%s%N)
for round in 1 2 3 4 5; do
    is "eight times 401, round $round" 8 "$(wrong_logins 8 admin | grep -c '^401$')"
    is "the right password works" 200 "$(login admin "$secret" "$work/jar")"
done
took_ms=$((($(date +%s%N) - begin) / 1000000))
echo "took ${took_ms} ms"
yes "in less than ten seconds" test "$took_ms" -lt 10000
is "ten in a row are looked at" 10 "$(wrong_logins 10 admin | grep -c '^401$')"
is "and lock the account" 429 "$(login admin "$secret" "$work/none")"
sleep 1.1
is "for a second" 200 "$(login admin "$secret" "$work/jar")"
