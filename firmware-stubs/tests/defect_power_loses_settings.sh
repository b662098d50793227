# power-loses-settings: power comes back, and the settings are those of the factory.
. "${0%/*}/lib.sh"
. "${0%/*}/life_lib.sh"
life_start --defect power-loses-settings
is "a setting is written" 200 "$(send PUT /api/settings '{"name":"entrance"}')"
lever power-cycle >/dev/null
admin_again
is "it is gone" HC-100 "$(got /api/settings .name)"
power_kept power-loses-settings
