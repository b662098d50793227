# Options, tables, the profile that is written, and a prompt end.
. "${0%/*}/lib.sh"
source_profile=$(cd "${0%/*}/../../profiles/reference-camera" && pwd)/profile.yaml

exit_code() { local code=0; "$@" >/dev/null 2>&1 || code=$?; echo "$code"; }
is "--help" 0 "$(exit_code "$STUB" --help)"
is "no product" 64 "$(exit_code "$STUB")"
is "unknown product" 64 "$(exit_code "$STUB" toaster)"
is "unknown defect" 64 "$(exit_code "$STUB" camera --defect none)"
is "unknown option" 64 "$(exit_code "$STUB" camera --frobnicate)"
is "a port too high" 64 "$(exit_code "$STUB" camera --port-base 65530)"
is "no address" 64 "$(exit_code "$STUB" camera --bind localhost)"
for lockout in 0:2 5 5: 5:0 5:2: 5:4:2 5:2:9:9 x:2 -5:2; do
    is "a lock-out of $lockout" 64 "$(exit_code "$STUB" camera --lockout "$lockout")"
done
yes "the list names each defect with its clause" jq -e '.defects | length >= 5 and all(.clause | test("^S1[.]1-[0-9]{2}$"))' <("$STUB" --list --json)

stub_start --seed 1 --bench
is "a used state directory is refused" 70 "$(exit_code "$STUB" camera --state "$state")"
is "ports of another are refused" 70 "$(exit_code "$STUB" camera --state "$work/second" --port-base "$admin")"
is "secrets are private" '600 600 600 600 600 600' "$(stat -c %a "$state"/secrets/* | xargs)"
is "the private key is private" 600 "$(stat -c %a "$state/keys/server.key")"
is "the ready line is one line" 1 "$(wc -l <"$work/ready")"
normal() { sed -E 's/port: [0-9]+/port: N/; s/(127\.0\.0\.1:)[0-9]+/\1N/' "$1"; }
is "with seed 1 the written profile is the reference profile but for the ports" "$(normal "$source_profile")" "$(normal "$profile")"
yes "--bench declares its levers" grep -q '^control:$' "$profile"
first=$secret
begin=$(date +%s%N)
stub_stop
yes "it ends promptly" test $((($(date +%s%N) - begin) / 1000000)) -lt 1000

rm -rf "$state"
stub_start --seed 1
is "the same seed is the same unit" "$first" "$secret"
no "without --bench there are none" grep -qE 'control:|tools/lever|settle_s' "$profile"
is "but for them the profile is the same" "$(sed -n '/^control:/,/^$/!p' "$source_profile" | normal /dev/stdin | grep -v '^$')" "$(normal "$profile" | grep -v '^$')"
stub_stop
rm -rf "$state"
stub_start --seed 2 --profile-out "$work/out.yaml"
yes "another seed is another unit" test "$first" != "$secret"
is "--profile-out is where it says" "$(realpath "$work/out.yaml")" "$profile"
yes "with absolute paths" grep -q "\"$state/secrets/admin.password\"" "$profile"
stub_stop
rm -rf "$state"
stub_start --bind ::1
is "it serves IPv6" 200 "$(code "https://[::1]:$admin/api/version")"
yes "and declares it" grep -qF 'addresses: ["::1"]' "$profile"
