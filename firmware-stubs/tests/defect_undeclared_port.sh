# undeclared-port: one more port, harmless, but nobody declared it.
. "${0%/*}/lib.sh"
stub_start --defect undeclared-port
debug=$(port_of debug)
is "it greets" 'HC-100 debug console' "$(talk "$debug" </dev/null | head -1 | tr -d '\r')"
yes "it knows no command" grep -q 'unknown command' <(printf 'help\n' | talk "$debug")
no "the profile does not name the port" grep -q "port: $debug" "$profile"
others_absent undeclared-port
