# All defects at once: each still shows.
. "${0%/*}/lib.sh"
mapfile -t defects < <("$STUB" --list --json | jq -r '.defects[] | select(.product == "camera") | "--defect", .name')
stub_start "${defects[@]}"
is "admin/admin" 200 "$(login admin admin "$work/jar")"
yes "TLS 1.0" tls_accepts 1
is "/admin for anybody" 200 "$(code "$base/admin")"
is "two undeclared ports" 5 "$(listening_count)"
is "one UDP port" 1 "$(udp_count)"
is "the profile declares three" 3 "$(profile_ports | wc -w)"
is "a vulnerability without a statement" CVE-2022-37434 "$(uncovered)"
is "nobody changes admin's password" 204 "$(change "$work/none" wrong lantern-over-9)"
is "which is ignored" 200 "$(login admin admin "$work/jar")"
