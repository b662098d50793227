# no-lockout: wrong log-ins are refused at full speed, however many come.
. "${0%/*}/lib.sh"
stub_start --defect no-lockout
begin=$(date +%s%N)
is "two hundred times 401" 200 "$(wrong_logins 200 admin | grep -c '^401$')"
took_ms=$((($(date +%s%N) - begin) / 1000000))
yes "in less than ten seconds ($took_ms ms)" test "$took_ms" -lt 10000
is "the right password works at once" 200 "$(login admin "$secret" "$work/jar")"
is "the snapshot has no lock either" 401 "$(code -u admin:wrong "$base/snapshot.jpg")"
yes "the profile declares a lock-out" grep -q 'lockout: {after: 10,' "$profile"
others_absent no-lockout
