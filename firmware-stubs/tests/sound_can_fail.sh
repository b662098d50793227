# The test of the sound camera notices every defect: run against a stub with one, it must fail.
. "${0%/*}/lib.sh"
real=$STUB
sound_with() { # DEFECT: the exit code of sound.sh when every stub it starts has the defect
    printf '#!/bin/sh\nexec "%s" "$@" --defect "%s"\n' "$real" "$1" >"$work/stub"
    chmod +x "$work/stub"
    STUB=$work/stub bash "${0%/*}/sound.sh" >"$work/out" 2>&1
}
for defect in $("$STUB" --list --json | jq -r '.defects[] | select(.product == "camera") | .name'); do
    no "the sound test passes with $defect" sound_with "$defect"
    yes "because a check said so" grep -q '^not ok: .*: wanted' "$work/out"
done
