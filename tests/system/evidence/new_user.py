"""The way of a new user: an authority makes a trust store, a buyer asks the verifier, and every refusal says what to do.

new_user.py HOSHITORI VERIFIER ATTACK_CASES DOCS/trust.md
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HOSHITORI, VERIFY, CASES, GUIDE = sys.argv[1:5]
AT = "2026-06-01T00:00:00Z"
folder = pathlib.Path(tempfile.mkdtemp(prefix="hoshitori-new-user-"))
os.environ.update(LANG="C.UTF-8", LC_ALL="", HOSHITORI_PASSPHRASE="known to the test alone")


def call(*words, code=0):
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def emit(case):
    """A bundle of the attack cases; its signers' public keys come as FILE.pub, as a vendor would send them."""
    call(CASES, "emit", case, case)
    store = json.loads(call(HOSHITORI, "trust", "show", f"{case}/trust.json", "--json"))["store"]
    for entry in store["keys"]:
        name = {"ACME signing": "vendor", "Lab": "lab"}.get(entry["name"])
        if name:
            pem = re.sub("(.{64})", r"\1\n", entry["spki"]).strip()
            (folder / f"{name}.key.pub").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")
    return folder / case / "case.hoshi"


def verify(bundle, *words, code, advice=None, says="", at=AT):
    words = (VERIFY, bundle, "--at", at, *words)
    report = json.loads(call(*words, "--json", code=code))
    sentences = {one["code"]: one for one in report["advice"]}
    assert (advice is None) == (not sentences), sentences
    if advice:
        assert says in sentences[advice]["en"] and sentences[advice]["ja"], sentences
    for language, heading in (("en", "What to do"), ("ja", "次にすること")):
        page = call(*words, "--lang", language, code=code)
        assert (heading in page) == bool(advice), page
    return report


def trust(verb, *words, store="trust.json"):
    return call(HOSHITORI, "trust", verb, store, *words)


def follow_the_guide():
    """The commands of docs/trust.md, word for word, in their order."""
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", pathlib.Path(GUIDE).read_text(encoding="utf-8"), re.S))
    assert lines.count("hoshitori trust") > 8
    script = f'set -e\nhoshitori() {{ "{HOSHITORI}" "$@"; }}\n{lines}'
    call("bash", "-c", script)
    shown = json.loads(call(HOSHITORI, "trust", "show", "trust.json", "--json"))
    assert shown["store"]["version"] == 7 and len(shown["roots"]) == 2 and not shown["stale"], shown
    for name in ("trust.json", "root.key", "root.key.pub", "second.key", "second.key.pub"):
        (folder / name).unlink()


def make_store():
    call(HOSHITORI, "key", "new", "root.key")
    trust("new", "--id", "buyers", "--key", "root.key", "--require-evaluator", "yes")
    for name, role, *owner in (("vendor", "vendor", "ACME", "--corporate-number", "1234567890123"),
                               ("lab", "evaluator", "Lab KK")):
        trust("add", "--key", "root.key", "--member", f"{name}.key.pub", "--role", role, "--organisation", *owner,
              "--from", "2026-01-01")


def refusals(evaluated, bare):
    with_store = ("--trust", "trust.json")
    verify(evaluated, *with_store, "--expect-model", "HC-200", code=2, advice="expect.model", says="HC-100")
    verify(evaluated, *with_store, "--expect-firmware-version", "1.3.0", code=2, advice="expect.firmware_version",
           says="it is not evidence for version 1.3.0")
    verify(evaluated, *with_store, "--expect-firmware", "0" * 64, code=2, advice="expect.firmware", says="main 1.4.2")
    verify(bare, *with_store, code=2, advice="policy.evaluator", says="may have been taken out")
    verify(evaluated, code=2, advice="signer.unknown", says="telephone")
    verify(evaluated, *with_store, code=2, advice="trust.stale", says="newest", at="2028-06-01T00:00:00Z")


def revocation(evaluated):
    keyid = call(HOSHITORI, "key", "show", "vendor.key.pub").strip()
    older = folder / "older.json"
    older.write_bytes((folder / "trust.json").read_bytes())
    trust("revoke", "--key", "root.key", "--keyid", keyid, "--reason", "superseded", "--at", "2026-05-01")
    state = ("--state", "state.json")
    verify(evaluated, "--trust", "trust.json", *state, code=2, advice="signer.revoked", says="new key")
    verify(evaluated, "--trust", older, *state, code=2, advice="trust.rollback", says="older")


bare = emit("000_honest")
evaluated = emit("085_evaluated")
follow_the_guide()
make_store()
report = verify(evaluated, "--trust", "trust.json", "--expect-model", "HC-100", "--expect-firmware-version", "1.4.2", code=0)
assert report["trust"]["rollback_protected"] is False and len(report["reproduced"]) == 1, report
refusals(evaluated, bare)
revocation(evaluated)
subprocess.run(["rm", "-r", str(folder)], check=True)
