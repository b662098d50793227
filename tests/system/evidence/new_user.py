"""The way of new users, with what they would type and nothing forged: a vendor tests and signs, a laboratory evaluates,
an authority makes the trust store, and a buyer asks the verifier; every refusal says what to do.

new_user.py HOSHITORI VERIFIER STUB DOCS/trust.md
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HOSHITORI, VERIFY, STUB, GUIDE = sys.argv[1:5]
IMAGE = b"firmware 1.4.2"
folder = pathlib.Path(tempfile.mkdtemp(prefix="hoshitori-new-user-"))
os.environ.update(LANG="C.UTF-8", LC_ALL="", HOSHITORI_PASSPHRASE="known to the test alone", XDG_STATE_HOME=str(folder))


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def call(*words, code=0):
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout + (done.stderr if code == 64 else "")


def verify(bundle, *words, code, advice=None, says=""):
    report = json.loads(call(VERIFY, bundle, *words, "--json", code=code))
    sentences = {one["code"]: one for one in report["advice"]}
    assert (advice is None) == (not sentences), sentences
    if advice:
        assert says in sentences[advice]["en"] and sentences[advice]["ja"], sentences
    for language, heading in (("en", "What to do"), ("ja", "次にすること")):
        page = call(VERIFY, bundle, *words, "--lang", language, code=code)
        assert (heading in page) == bool(advice), page
    return report


def trust(verb, *words, store="trust.json"):
    return call(HOSHITORI, "trust", verb, store, *words)


def follow_the_guide():
    """The commands of docs/trust.md, word for word, in their order, once two signers have sent their keys."""
    for name in ("vendor", "lab"):
        call(HOSHITORI, "key", "new", f"{name}.key")
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", pathlib.Path(GUIDE).read_text(encoding="utf-8"), re.S))
    assert lines.count("hoshitori trust") > 8
    # Root keys without a passphrase: fifteen derivations of one would take longer than all the rest.
    script = f'set -e\nexport HOSHITORI_PASSPHRASE=\nhoshitori() {{ "{HOSHITORI}" "$@"; }}\n{lines}'
    call("bash", "-c", script)
    shown = json.loads(call(HOSHITORI, "trust", "show", "trust.json", "--json"))
    assert shown["store"]["version"] == 7 and len(shown["roots"]) == 2 and not shown["stale"], shown
    for name in ("trust.json", "root.key", "root.key.pub", "second.key", "second.key.pub"):
        (folder / name).unlink()


def run(profile, out):
    """Two quick checks: the rest is not tested, which makes it 2."""
    return call(HOSHITORI, "run", "--profile", profile, "--key", "vendor.key", "--out", out, "--yes",
                "--only", "S1.1-01/read-without-credentials", "--only", "S1.1-01/session-after-logout", code=2)


def test_the_device():
    """The vendor tests its camera and names the image that is installed on it."""
    (folder / "camera").mkdir()
    stub = subprocess.Popen([STUB, "camera", "--state", folder / "camera", "--seed", "7"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    try:
        profile = pathlib.Path(json.loads(stub.stdout.readline())["profile"])
        profile.with_name("hc100.bin").write_bytes(IMAGE)
        text = profile.read_text(encoding="utf-8")
        nameless, images = re.subn(r'(version: 1\.4\.2), image: "[^"]*"', r"\1", text)
        assert images == 1, text
        profile.with_name("nameless.yaml").write_text(nameless, encoding="utf-8")
        unconfirmed = (HOSHITORI, "run", "--profile", profile.with_name("nameless.yaml"), "--key", "vendor.key", "--out", "unnamed.hoshi")
        assert "firmware  main 1.4.2 has neither image nor sha256" in call(*unconfirmed, code=64)
        named = nameless.replace("version: 1.4.2", "version: 1.4.2, image: hc100.bin", 1)
        profile.with_name("named.yaml").write_text(named, encoding="utf-8")
        run(profile.with_name("named.yaml"), "hc100.hoshi")
    finally:
        stub.kill()
        stub.wait()


def evaluate():
    """Nobody has made a trust store yet: the laboratory has the vendor's public key and says its own name."""
    call(HOSHITORI, "evaluate", "hc100.hoshi", "--signer", "vendor.key.pub", "--key", "lab.key", "--by", "Lab KK",
         "--method", "reviewed", "--until", in_days(300), "--out", "hc100-lab.hoshi")


def make_store():
    call(HOSHITORI, "key", "new", "root.key")
    trust("new", "--id", "buyers", "--key", "root.key", "--require-evaluator", "yes")
    for name, role, *owner in (("vendor", "vendor", "Example Electric", "--corporate-number", "0000000000000"),
                               ("lab", "evaluator", "Lab KK")):
        trust("add", "--key", "root.key", "--member", f"{name}.key.pub", "--role", role, "--organisation", *owner)


def buy(bundle, withheld):
    """With the trust store alone."""
    report = verify(bundle, "--trust", "trust.json", "--expect-model", "HC-100", "--expect-firmware-version", "1.4.2",
                    "--expect-firmware", hashlib.sha256(IMAGE).hexdigest(), code=0)
    assert report["trust"]["rollback_protected"] is False, report
    assert [one["by"] for one in report["reproduced"]] == ["Lab KK"], report
    assert bool(report["withheld"]) == withheld, report


def withhold_and_show():
    call(HOSHITORI, "redact", "hc100-lab.hoshi", "--hide", "class:wire", "--out", "public.hoshi")
    buy("public.hoshi", True)
    call(HOSHITORI, "disclose", "hc100-lab.hoshi", "--entry", "class:wire", "--out", "lab.disclosure")
    call(HOSHITORI, "check-disclosure", "public.hoshi", "lab.disclosure", "--trust", "trust.json", "--out", "shown")
    wire = [file for file in (folder / "shown" / "wire").iterdir() if file.read_bytes()]
    assert len(wire) > 1, wire


def refusals(bundle):
    with_store = ("--trust", "trust.json")
    verify(bundle, *with_store, "--expect-model", "HC-200", code=2, advice="expect.model", says="HC-100")
    verify(bundle, *with_store, "--expect-firmware-version", "1.5.0", code=2, advice="expect.firmware_version",
           says="it is not evidence for version 1.5.0")
    verify(bundle, *with_store, "--expect-firmware", "0" * 64, code=2, advice="expect.firmware", says="main 1.4.2")
    verify(bundle, code=2, advice="signer.unknown", says="telephone")
    verify(bundle, *with_store, "--at", in_days(800), code=2, advice="trust.stale", says="newest")


def strip(bundle):
    """Taking out what the laboratory added gives the vendor's file again, byte for byte: that is the stripped bundle."""
    verify(bundle, "--trust", "trust.json", code=2, advice="policy.evaluator", says="may have been taken out")


def conformity(bundle):
    shutil.copy(folder / "trust.json", folder / "strict.json")
    trust("policy", "--key", "root.key", "--require-conformant", "yes", store="strict.json")
    assert "[required] conformant" in trust("show", "--lang", "en", store="strict.json")
    verify(bundle, "--trust", "strict.json", code=2, advice="policy.conformant")


def revocation(bundle):
    keyid = call(HOSHITORI, "key", "show", "vendor.key.pub").strip()
    shutil.copy(folder / "trust.json", folder / "older.json")
    trust("revoke", "--key", "root.key", "--keyid", keyid, "--reason", "superseded")
    state = ("--state", "state.json")
    verify(bundle, "--trust", "trust.json", *state, code=2, advice="signer.revoked", says="new key")
    verify(bundle, "--trust", "older.json", *state, code=2, advice="trust.rollback", says="older")


follow_the_guide()
test_the_device()
evaluate()
make_store()
buy("hc100-lab.hoshi", False)
withhold_and_show()
for copy in ("hc100-lab.hoshi", "public.hoshi"):
    refusals(copy)
strip("hc100.hoshi")
conformity("hc100-lab.hoshi")
revocation("hc100-lab.hoshi")
shutil.rmtree(folder)
