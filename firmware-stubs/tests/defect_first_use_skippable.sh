# first-use-skippable: before the first password, anybody reads.
. "${0%/*}/lib.sh"
stub_start --first-use --defect first-use-skippable
is "anybody reads the settings" 200 "$(code "$base/api/settings")"
is "but writes none" 401 "$(code -X PUT -d '{"name":"x"}' "$base/api/settings")"
first_use_kept first-use-skippable
is "a good first password is taken" 204 "$(first_password lantern-over-9)"
is "which ends it" 401 "$(code "$base/api/settings")"
