# firmware-telnet-backdoor: a shell of the factory is left in the image.
. "${0%/*}/lib.sh"
stub_start --defect firmware-telnet-backdoor
yes "the image starts a shell" grep -q "telnetd.*-l /bin/sh" <(in_image etc/init.d/S99factory)
others_absent firmware-telnet-backdoor
