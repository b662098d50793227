# undeclared-udp: an SNMP agent that nobody declared answers anybody who says "public".
. "${0%/*}/lib.sh"
stub_start --defect undeclared-udp
snmp=$(port_of snmp)
get() { # COMMUNITY VERSION OBJECT: asked with Net-SNMP
    SNMP_PERSISTENT_DIR=$work snmpget -r 0 -t 1 -On -c "$1" -v "$2" "udp:127.0.0.1:$snmp" "$3" 2>/dev/null
}
is "the ready line says UDP" udp "$(jq -r '.undeclared[0].transport' "$work/ready")"
is "the profile has the three ports" 3 "$(profile_ports | wc -w)"
no "the profile does not name the port" grep -q "port: $snmp" "$profile"
if command -v snmpget >/dev/null; then
    is "public reads sysDescr" '.1.3.6.1.2.1.1.1.0 = STRING: "HC-100 network camera 1.4.2"' "$(get public 2c .1.3.6.1.2.1.1.1.0)"
    yes "it knows no other object" grep -q 'No Such Object' <(get public 2c .1.3.6.1.2.1.1.5.0)
    no "another community reads nothing" get private 2c .1.3.6.1.2.1.1.1.0
    no "version 1 is not spoken" get public 1 .1.3.6.1.2.1.1.1.0
else # the same request, byte for byte
    answer=$(printf '\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x07\x02\x01\x00\x02\x01\x00\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00\x05\x00' |
        timeout 2 nc -u -w 1 127.0.0.1 "$snmp" | tr -dc '[:print:]' || true)
    yes "public reads sysDescr" grep -q 'HC-100 network camera 1.4.2' <<<"$answer"
fi
others_absent undeclared-udp
