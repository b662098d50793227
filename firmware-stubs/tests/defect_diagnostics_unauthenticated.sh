# diagnostics-unauthenticated: /api/diagnostics asks nobody who they are.
. "${0%/*}/lib.sh"
stub_start --defect diagnostics-unauthenticated
is "/api/diagnostics is open" 200 "$(code "$base/api/diagnostics")"
others_absent diagnostics-unauthenticated
