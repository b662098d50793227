# basic-unlimited: Basic is no part of the count, nor of the lock.
. "${0%/*}/lib.sh"
stub_start --defect basic-unlimited
is "sixty times 401 by Basic" 60 "$(wrong_basic 60 admin | grep -c '^401$')"
is "the form has not counted them" 200 "$(login admin "$secret" "$work/jar")"
is "ten wrong ones by the form" 10 "$(wrong_logins 10 admin | grep -c '^401$')"
is "lock it" 429 "$(login admin "$secret" "$work/none")"
is "but not Basic" 200 "$(code -u "admin:$secret" "$base/snapshot.jpg")"
is "where a wrong one is still looked at" 401 "$(code -u admin:wrong "$base/snapshot.jpg")"
sleep 1.1
is "the lock ends" 200 "$(login admin "$secret" "$work/jar")"
others_absent basic-unlimited
