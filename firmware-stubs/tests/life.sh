# The life cycle of the sound camera: updates, power, network, erasure.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start
life_kept none
