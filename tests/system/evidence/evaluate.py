"""A laboratory, a waiving authority and a buyer, by the command line.

    evaluate.py HOSHITORI HOSHITORI_VERIFY ATTACK_CASES

Starts from bundles that ATTACK_CASES writes: one conformant, one with a failing clause, both with a trust store.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
import zipfile

HOSHITORI, VERIFY, ATTACK_CASES = sys.argv[1:4]
AT = "2026-06-01T00:00:00Z"
LATER = "2026-06-02T00:00:00Z"
UNTIL = "2028-03-31T00:00:00Z"
EVALUATION = "META-INF/att/10-lab-evaluation.sigstore.json"
SUMMARY = "META-INF/att/11-lab-svr.sigstore.json"
# PKCS#8 around a scalar that is one byte over and over, as the attack world has them.
PKCS8 = bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420")
SCALARS = {"vendor": 0x13, "lab": 0x16, "authority": 0x1B}

top = tempfile.TemporaryDirectory(prefix="hoshitori-evaluate-")
os.chdir(top.name)


def write_key(name):
    text = base64.b64encode(PKCS8 + bytes([SCALARS[name]]) * 32).decode()
    with open(f"{name}.key", "w", encoding="ascii") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----\n{text[:64]}\n{text[64:]}\n-----END PRIVATE KEY-----\n")
    os.chmod(f"{name}.key", 0o600)


def hoshitori(expected, *words):
    done = subprocess.run([HOSHITORI, *words, "--lang", "en"], capture_output=True, text=True, check=False)
    assert done.returncode == expected, (words, done.returncode, done.stderr)
    return done.stderr


# Of good/case.hoshi, and of the copies good-*.hoshi.
def trust_of(bundle):
    return bundle.split("/")[0].split("-")[0] + "/trust.json"


def verify(expected, bundle, *words, at=LATER):
    done = subprocess.run([VERIFY, bundle, "--trust", trust_of(bundle), "--at", at, "--json", *words],
                          capture_output=True, text=True, check=False)
    assert done.returncode == expected, (bundle, words, done.returncode, done.stdout[:3000], done.stderr)
    return json.loads(done.stdout)


def evaluate(expected, bundle, out, *words, at=AT, key="lab"):
    return hoshitori(expected, "evaluate", bundle, "--trust", trust_of(bundle), "--at", at, "--key", f"{key}.key",
                     "--until", UNTIL, "--out", out, *words)


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_evaluation():
    with open("findings.yaml", "w", encoding="utf-8") as file:
        file.write("hoshitori: findings/1\nfindings:\n  - {clause: S1.1-01, verdict: pass, remark: ログを確認}\n")
    evaluate(0, "good/case.hoshi", "good-lab.hoshi", "--method", "reviewed", "--findings", "findings.yaml")
    before, after = contents("good/case.hoshi"), contents("good-lab.hoshi")
    assert set(after) - set(before) == {EVALUATION, SUMMARY}
    assert all(after[name] == before[name] for name in before)
    report = verify(0, "good-lab.hoshi")
    assert [one["by"] for one in report["reproduced"]] == ["Lab KK"]
    assert report["evaluations"][0]["findings"][0]["remark"] == "ログを確認"
    # The laboratory changes its mind: its newer evaluation counts, the older one and its summary do not.
    evaluate(0, "good-lab.hoshi", "good-again.hoshi", "--method", "witnessed", "--finding", "S1.1-02=fail:seen",
             at=LATER)
    report = verify(2, "good-again.hoshi")
    assert [one["counts"] for one in report["evaluations"]] == [False, False]
    assert report["evaluations"][1]["overall"] == "nonconformant"
    # Whoever holds the newer one sees through the older copy; whoever does not, cannot.
    newer = "META-INF/att/12-lab-evaluation.sigstore.json"
    with open("newer.json", "wb") as file:
        file.write(contents("good-again.hoshi")[newer])
    verify(0, "good-lab.hoshi")
    report = verify(2, "good-lab.hoshi", "--superseded-by", "newer.json")
    assert any(one["code"] == "evaluation.superseded" for one in report["advice"])
    assert report["reproduced"] == [] and not any(one["counts"] for one in report["evaluations"]), report


def test_refusals():
    reviewed = ("--method", "reviewed")
    with open("good/case.hoshi", "rb") as file:
        broken = bytearray(file.read())
    broken[len(broken) // 2] ^= 1
    os.mkdir("broken")
    with open("broken/case.hoshi", "wb") as file:
        file.write(broken)
    os.link("good/trust.json", "broken/trust.json")
    evaluate(65, "broken/case.hoshi", "x.hoshi", *reviewed)
    evaluate(65, "good/case.hoshi", "x.hoshi", *reviewed, "--finding", "S9=pass")
    evaluate(65, "good/case.hoshi", "x.hoshi", *reviewed, "--finding", "S1.1-01=fail", "--result", "conformant")
    evaluate(65, "good/case.hoshi", "x.hoshi", *reviewed, "--by", "Other KK")
    evaluate(65, "good/case.hoshi", "x.hoshi", *reviewed, "--examined", "no/such/file")
    evaluate(65, "good/case.hoshi", "x.hoshi", "--method", "re-run", "--re-run", "good/case.hoshi",
             "--re-run-signer", "vendor.key.pub")
    assert "counts nowhere" in evaluate(65, "good/case.hoshi", "x.hoshi", *reviewed, key="vendor")
    evaluate(64, "good/case.hoshi", "x.hoshi", "--method", "guessed")
    evaluate(64, "good/case.hoshi", "x.hoshi")
    assert not os.path.exists("x.hoshi")
    evaluate(64, "good/case.hoshi", "good-lab.hoshi", *reviewed)  # never over an existing file


def test_waiver():
    waive = ("waive", "bad/case.hoshi", "--trust", "bad/trust.json", "--at", AT, "--key", "lab.key", "--until", UNTIL)
    verify(2, "bad/case.hoshi")
    hoshitori(64, *waive, "--clause", "S1.1-01", "--out", "bad-x.hoshi")
    hoshitori(65, *waive, "--clause", "S1.1-01", "--reason", " ", "--out", "bad-x.hoshi")
    hoshitori(65, *waive, "--clause", "S1.1-02", "--reason", "holds anyway", "--out", "bad-x.hoshi")
    hoshitori(0, *waive, "--clause", "S1.1-01", "--reason", "behind a gateway", "--evidence", "wire/tls-01.jsonl",
              "--out", "bad-waived.hoshi")
    report = verify(0, "bad-waived.hoshi")
    assert report["verdict"]["overall"] == "nonconformant"
    assert report["waivers"][0]["accepted"] and report["waivers"][0]["entries"] == ["e0004"]
    report = verify(2, "bad-waived.hoshi", at="2028-04-01T00:00:00Z")
    assert report["waivers"][0]["reason"].startswith("remark.validity")


def test_attestation():
    attest = ("attest", "good/case.hoshi", "--trust", "good/trust.json", "--at", AT, "--until", UNTIL)
    hoshitori(0, *attest, "--key", "vendor.key", "--check", "S1.1-02/a", "--reason", "seen on the label",
              "--person", "山田", "--out", "good-attested.hoshi")
    assert verify(0, "good-attested.hoshi")["attestations"][0]["person"] == "山田"
    register = ("--registration", "00-1", "--state", "granted", "--url", "https://example.invalid/1")
    hoshitori(65, *attest, "--key", "lab.key", *register, "--out", "good-x.hoshi")
    hoshitori(0, *attest, "--key", "authority.key", *register, "--out", "good-registered.hoshi")
    assert verify(0, "good-registered.hoshi")["registrations"][0]["state"] == "granted"


subprocess.run([ATTACK_CASES, "emit", "000_honest", "good"], check=True)
subprocess.run([ATTACK_CASES, "emit", "094_conformant_required", "bad"], check=True)
for one in SCALARS:
    write_key(one)
with open("vendor.key.pub", "wb") as public:
    public.write(subprocess.run(["openssl", "pkey", "-in", "vendor.key", "-pubout"], check=True,
                                capture_output=True).stdout)
test_evaluation()
test_refusals()
test_waiver()
test_attestation()
