# The test of the sound camera notices every defect: run against a stub with one, it must fail where it looks for that one.
. "${0%/*}/lib.sh"
real=$STUB
at_once=4
script_for() { # DEFECT: which of the two tests of the sound camera looks where the defect's own test does
    grep -q life_lib "${0%/*}/defect_${1//-/_}.sh" && echo life.sh || echo sound.sh
}
sound_with() { # DEFECT: leaves the exit code of the test, when every stub it starts has the defect, and its words
    printf '#!/bin/sh\nexec "%s" "$@" --defect "%s"\n' "$real" "$1" >"$work/stub-$1"
    chmod +x "$work/stub-$1"
    ONE_IS_ENOUGH=yes LOOK_FOR=$1 STUB=$work/stub-$1 bash "${0%/*}/$(script_for "$1")" >"$work/out-$1" 2>&1 && echo 0 >"$work/code-$1" || echo 1 >"$work/code-$1"
}
mapfile -t defects < <("$STUB" --list --json | jq -r '.defects[] | select(.product == "camera") | .name')
for defect in "${defects[@]}"; do
    while [[ $(jobs -rp | wc -l) -ge $at_once ]]; do wait -n; done
    sound_with "$defect" &
done
wait
for defect in "${defects[@]}"; do
    is "the sound test fails with $defect" 1 "$(<"$work/code-$defect")"
    yes "because a check said so" grep -q '^not ok: .*: wanted' "$work/out-$defect"
done
