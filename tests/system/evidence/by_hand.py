#!/usr/bin/env python3
"""Does docs/verify-by-hand.md do what it says? Every fenced command of the page is run, word for word.

by_hand.py PAGE ATTACK_CASES       exit 0 good, 1 not
by_hand.py PAGE BUNDLE KEY.pub     the same for one honest bundle

On honest bundles every block must end in `good`. On an attack the page must fail, and under the heading that names what
the attack did: a block that cannot fail shows nothing.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

GOOD = ["000_honest_pinned", "127_withheld", "085_evaluated", "056_url_safe", "084_last_attempt"]
# Number of the heading under which the page must show the attack.
BAD = {
    "003_unlisted_added": 2, "004_unlisted_meta": 2, "002_entry_removed": 2, "128_required_withheld": 2,
    "001_content_changed": 3,
    "129_salt_left": 4, "130_salt_gone": 4, "131_salt_33": 4, "132_other_content": 4,
    "069_other_bundle": 5, "070_only_firmware": 5,
    "049_payload_changed": 6, "051_no_encoding": 6, "058_raw": 6, "062_stranger": 6, "087_other_input": 6,
    "119_lines_swapped": 7, "119_cut": 7, "120_wrong_root": 7, "120_wrong_head": 7,
    "084_overall_lies": 8, "084_clause_lies": 8, "084_statement_lies": 8, "084_event_differs": 8, "082_check_missing": 8,
    "083_check_extra": 8,
}


def blocks_of(page):
    """(number of the heading, command) for each fenced command, in order."""
    found = []
    for section in re.split(r"^## ", page, flags=re.M)[1:]:
        number = re.match(r"(\d+)\.", section)
        for command in re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S):
            found.append((int(number.group(1)), command))
    return found


def follow(blocks, folder):
    """The heading where the page ends in something else than `good` and what was said; (None, "") when it never does."""
    for number, command in blocks:
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0 or not re.search(r"(^|\n)good\n$", done.stdout) or "bad" in done.stdout:
            return number, done.stdout + done.stderr
    return None, ""


def lay_out(folder, bundle, key):
    folder.mkdir()
    shutil.copy(bundle, folder / "b.hoshi")
    shutil.copy(key, folder / "vendor.key.pub")
    return folder


def prepare(top, program, name, key):
    emitted = top / f"{name}.case"
    subprocess.run([program, "emit", name, emitted], check=True)
    return lay_out(top / name, emitted / "case.hoshi", key)


def flip_last_body(folder):
    """One byte inside the last entry's content, which is stored or deflated just before the central directory."""
    path = folder / "b.hoshi"
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") - 3] ^= 0x41
    path.write_bytes(data)


def follow_one(blocks, bundle, key):
    with tempfile.TemporaryDirectory() as name:
        seen, words = follow(blocks, lay_out(pathlib.Path(name) / "one", bundle, key))
    if seen is not None:
        print(f"not good under {seen}\n{words}")
    return 0 if seen is None else 1


def main(page, program, key=None):
    blocks = blocks_of(pathlib.Path(page).read_text(encoding="utf-8"))
    if key is not None:
        return follow_one(blocks, program, key)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        subprocess.run([program, "emit", "000_honest_pinned", top / "key"], check=True)
        key = top / "key" / "vendor.pub"
        wanted = [(attack, None) for attack in GOOD] + list(BAD.items()) + [("000_honest", 1)]
        for attack, expected in wanted:
            folder = prepare(top, program, attack, key)
            if (attack, expected) == ("000_honest", 1):
                flip_last_body(folder)
            seen, words = follow(blocks, folder)
            if seen != expected:
                wrong += 1
                print(f"WRONG {attack}: shown under {seen}, not {expected}\n{words}")
    print(f"{len(blocks)} blocks, {len(wanted)} bundles, {wrong} wrong")
    return 1 if wrong or len(blocks) < 12 or {number for number, _ in blocks} != set(range(1, max(blocks)[0] + 1)) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
