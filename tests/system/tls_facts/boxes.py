"""Tries one thing after another, each in a box of its own (tests/system/daemons/box.py)."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemons"))
from box import Box, Missing  # noqa: E402  pylint: disable=wrong-import-position

SKIPPED = 77


def try_all(attempts):
    """attempts: (name, what tries it in a box and returns its faults in words). The exit code: 0, 1, or SKIPPED."""
    tried = faults = 0
    for name, attempt in attempts:
        with tempfile.TemporaryDirectory(prefix="hoshitori-tls-") as folder:
            box = Box(folder)
            try:
                wrong = attempt(box)
            except Missing as missing:
                print(f"skip  {name}: {missing}")
                continue
            finally:
                box.stop()
        print(f"{'FAULT' if wrong else 'ok   '} {name}", *wrong, sep="\n        ", flush=True)
        tried += 1
        faults += len(wrong)
    return SKIPPED if tried == 0 else 1 if faults else 0
