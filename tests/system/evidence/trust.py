"""hoshitori trust, from the command line: what it writes is what a verifier reads, and what it cannot mean it refuses.

trust.py HOSHITORI ATTACK_CASES SUITE
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HOSHITORI, CASES = sys.argv[1:3]
SUITE = pathlib.Path(sys.argv[3])
AT = "2026-06-01T00:00:00Z"
os.environ.update(LANG="C.UTF-8", LC_ALL="")


def call(*words, code=0, says=""):
    done = subprocess.run([HOSHITORI, *map(str, words)], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"{words}: {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    assert says in done.stderr, f"{words}: {done.stderr}"
    return done.stdout


def trust(verb, *words, code=0, says=""):
    key = () if verb == "show" else ("--key", "root.key")
    return call("trust", verb, "trust.json", *key, *words, code=code, says=says)


def shown():
    return json.loads(trust("show", "--json"))["store"]


def digest_of_suite():
    """What a run records: the suite, its clauses, and its policies in the order that it names them."""
    text = (SUITE / "suite.yaml").read_text(encoding="utf-8")
    policies = re.search(r"^policies: \[(.*)\]$", text, re.M).group(1).split(", ")
    parts = re.search(r"^include: \[(.*)\]$", text, re.M).group(1).split(", ")
    files = ["suite.yaml", "clauses.yaml", *parts, *policies]
    return hashlib.sha256(b"".join((SUITE / name).read_bytes() for name in files)).hexdigest()


def policy():
    trust("new", "--id", "buyers", "--require-conformant", "yes", "--accept-waivers-of", "evaluator,authority")
    stated = shown()["policy"]
    assert stated["requireConformant"] is True and stated["acceptWaiversOf"] == ["evaluator", "authority"], stated
    trust("policy", "--organisations", "2")
    stated = shown()["policy"]
    assert stated["requireConformant"] is True and stated["organisations"] == 2, stated
    trust("policy", "--require-conformant", "no", "--organisations", "1")
    assert shown()["policy"]["requireConformant"] is False
    trust("policy", "--require-conformant", "maybe", code=64, says="yes or no")
    trust("policy", "--organisations", "0", code=64, says="from 1")
    trust("rotate", "--threshold", "2", code=65)
    trust("revoke", "--require-conformant", "yes", "--reason", "superseded", "--keyid", "0" * 64, code=64,
          says="does not take")


def suites():
    for path in (SUITE, SUITE / "suite.yaml"):
        trust("add", "--suite", path)
        assert shown()["suites"] == [digest_of_suite()], shown()["suites"]
    trust("add", "--suite", "no-such-folder", code=65)


def reasons():
    call("key", "new", "vendor.key", "--no-passphrase")
    keyid = call("key", "show", "vendor.key.pub").strip()
    trust("add", "--member", "vendor.key.pub", "--role", "vendor", "--organisation", "ACME")
    for spelling in ("compromised", "Key-Compromise"):
        trust("revoke", "--keyid", keyid, "--reason", spelling, code=64, says="spelt compromise")
    trust("revoke", "--keyid", keyid, "--reason", "compromise", "--at", "2027-01-01")
    assert shown()["keys"][0]["revoked"]["reason"] == "compromise"


def drafts():
    """Whoever is asked to sign sees what; a name cannot turn round what stands beside it."""
    call("key", "new", "second.key", "--no-passphrase")
    call("key", "new", "lab.key", "--no-passphrase")
    trust("rotate", "--root", "second.key.pub", "--threshold", "2", "--draft", "draft.json")
    page = call("trust", "show", "draft.json")
    assert "DRAFT: root keys that have signed: 1;" in page, page
    report = json.loads(call("trust", "show", "draft.json", "--json"))
    assert report["draft"] and report["signers"] == 1 and report["store"]["roots"]["threshold"] == 2, report
    call("trust", "sign", "draft.json", "--key", "second.key", "--old", "trust.json")
    assert "DRAFT" not in call("trust", "show", "draft.json")
    envelope = json.loads(pathlib.Path("draft.json").read_text(encoding="utf-8"))
    for signature in envelope["signatures"]:
        signature["sig"] = envelope["signatures"][0]["sig"]
    pathlib.Path("forged.json").write_text(json.dumps(envelope), encoding="utf-8")
    call("trust", "show", "forged.json", code=65, says="signature is wrong")
    trust("add", "--member", "lab.key.pub", "--role", "evaluator", "--organisation", "Lab\u202e\u009b KK")
    page = trust("show")
    assert "Lab?? KK" in page and "\u202e" not in page and "\u009b" not in page, page


def standing():
    """A chart that is shown though the bundle is not acceptable says so."""
    subprocess.run([CASES, "emit", "062_other_vendor", "other"], check=True)
    call("show", "other/case.hoshi", "--trust", "other/trust.json", "--at", AT, says="not acceptable to you")
    call("show", "case/case.hoshi", "--trust", "case/trust.json", "--at", AT)


def questions():
    subprocess.run([CASES, "emit", "000_honest", "case"], check=True)
    verify = ("verify", "case/case.hoshi", "--at", AT)
    held = ("--superseded-by", "case/case.hoshi") * 17
    call(*verify, "--trust", "case/trust.json", *held, code=4, says="16 times at most")
    call(*verify, "--state", "state.json", code=4, says="go with --trust")
    assert not pathlib.Path("state.json").exists()


with tempfile.TemporaryDirectory(prefix="hoshitori-trust-") as folder:
    os.chdir(folder)
    call("key", "new", "root.key", "--no-passphrase")
    policy()
    suites()
    reasons()
    drafts()
    questions()
    standing()
    os.chdir("/")
