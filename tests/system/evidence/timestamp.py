#!/usr/bin/env python3
"""Stamps the honest bundle by `hoshitori timestamp`, with authorities that are `openssl ts` behind a loopback HTTP server.

timestamp.py HOSHITORI VERIFIER ATTACK_CASES      exit 0 good, 1 not, 77 when the clock is before the bundle's

By URL and by files; EC and RSA; nobody there, wrong answers, another's answer; expired and rolled-over certificates;
renewal. What `openssl ts -verify` thinks of a token is asked as well.
"""
import base64
import hashlib
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

MADE = 1775001600  # when the honest bundle was made
REFUSAL = bytes.fromhex("30053003020102")

CONFIG = """
[ca]
default_ca = ca_it
[ca_it]
dir = {top}
database = {top}/index.txt
new_certs_dir = {top}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[leaf]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = tsa_it
[tsa_it]
serial = {top}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=60, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stderr.decode()}")
    return done.stdout


def new_key(path, rsa):
    options = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if rsa else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    run("openssl", "genpkey", "-quiet", "-algorithm", *options, "-out", path)


class Authority:
    """A CA, and the time-stamping certificates that it has issued by name."""

    def __init__(self, top, rsa):
        self.top, self.rsa, self.lock = top, rsa, threading.Lock()
        top.mkdir()
        (top / "index.txt").touch()
        (top / "serial").write_text("01\n")
        (top / "conf").write_text(CONFIG.format(top=top))
        new_key(top / "ca.key", rsa)
        run("openssl", "req", "-x509", "-new", "-key", top / "ca.key", "-subj", "/CN=Loopback CA", "-days", 3650, "-out", top / "ca.pem")
        run("openssl", "x509", "-in", top / "ca.pem", "-outform", "DER", "-out", top / "ca.crt")

    def issue(self, name, start, end):
        new_key(self.top / f"{name}.key", self.rsa)
        run("openssl", "req", "-new", "-key", self.top / f"{name}.key", "-subj", "/CN=Loopback TSA", "-out", self.top / f"{name}.csr")
        run("openssl", "ca", "-batch", "-notext", "-config", self.top / "conf", "-keyfile", self.top / "ca.key", "-cert", self.top / "ca.pem",
            "-extensions", "leaf", "-startdate", start, "-enddate", end, "-in", self.top / f"{name}.csr", "-out", self.top / f"{name}.pem")

    def answer(self, name, query):
        with self.lock:
            asked, answered = self.top / "asked", self.top / "answered"
            asked.write_bytes(query)
            run("openssl", "ts", "-reply", "-config", self.top / "conf", "-queryfile", asked, "-inkey", self.top / f"{name}.key",
                "-signer", self.top / f"{name}.pem", "-chain", self.top / "ca.pem", "-out", answered)
            return answered.read_bytes()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers["Content-Type"] == "application/timestamp-query"
        status, kind, body = self.server.reply(self.path, query) if good else (415, "text/plain", b"")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "/ec")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def store(top, vendor, authorities):
    """A trust store, signed here: what is tested is not what wrote it."""
    new_key(top / "root.key", False)
    root, spki = (run("openssl", "pkey", *how, "-pubout", "-outform", "DER") for how in (("-in", top / "root.key"), ("-pubin", "-in", vendor)))
    payload = json.dumps({
        "hoshiTrust": 1, "id": "loopback", "version": 1, "created": "2026-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z",
        "roots": {"threshold": 1, "keys": [{"spki": base64.b64encode(root).decode()}]},
        "keys": [{"spki": base64.b64encode(spki).decode(), "name": "ACME signing", "role": "vendor",
                  "organisation": {"name": "ACME", "corporateNumber": "1234567890123"},
                  "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2099-01-01T00:00:00Z"}],
        "timestampAuthorities": [{"name": one.top.name, "certificate": base64.b64encode((one.top / "ca.crt").read_bytes()).decode()}
                                 for one in authorities],
        "policy": {"requireEvaluator": False, "requireTimestamp": True, "organisations": 1}}).encode()
    kind = "application/vnd.hoshitori.trust+json"
    signed = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    signature = run("openssl", "dgst", "-sha256", "-sign", top / "root.key", input=signed)
    path = top / "trust.json"
    path.write_text(json.dumps({"payloadType": kind, "payload": base64.b64encode(payload).decode(), "signatures": [
        {"keyid": hashlib.sha256(root).hexdigest(), "sig": base64.b64encode(signature).decode()}]}))
    return path


class Bench:
    def __init__(self, hoshitori, verifier, cases, top):
        self.hoshitori, self.verifier, self.top, self.problems, self.made = hoshitori, verifier, top, [], 0
        run(cases, "emit", "000_honest_pinned", top / "case")
        self.bundle = top / "case" / "case.hoshi"
        self.ec, self.rsa = Authority(top / "ec", False), Authority(top / "rsa", True)
        self.stranger = Authority(top / "stranger", False)
        for one, name, start, end in ((self.ec, "now", "20200101000000Z", "20980101000000Z"), (self.ec, "over", "20200101000000Z", "20260101000000Z"),
                                      (self.ec, "rolled", "20260101000000Z", "20980101000000Z"), (self.rsa, "now", "20200101000000Z", "20980101000000Z"),
                                      (self.stranger, "now", "20200101000000Z", "20980101000000Z")):
            one.issue(name, start, end)
        self.trust = store(top, top / "case" / "vendor.pub", (self.ec, self.rsa))
        self.stale = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.reply = self.reply
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def reply(self, path, query):
        kind = "application/timestamp-reply"
        if path == "/replay":  # the first answer again and again
            self.stale = self.stale or self.ec.answer("now", query)
            return 200, kind, self.stale
        special = {"/html": (200, "text/html", b"<p>busy</p>"), "/elsewhere": (302, kind, b""), "/refuse": (200, kind, REFUSAL),
                   "/junk": (200, kind, b"junk"), "/large": (200, kind, b"\x30" * 100000), "/error": (503, "text/plain", b"")}
        if path in special:
            return special[path]
        which, name = path[1:].split("-")
        return 200, kind, getattr(self, which).answer(name, query)

    def expect(self, what, good, words=""):
        if not good:
            self.problems.append(f"{what}: {words}")

    def call(self, bundle, *options, code=0, says=""):
        self.made += 1
        out = self.top / f"{self.made}.hoshi"
        if "--request" not in options:
            options += ("--out", out)
        done = subprocess.run([self.hoshitori, "timestamp", bundle, *map(str, options)], capture_output=True, text=True, timeout=60, check=False)
        self.expect(f"timestamp {options}", done.returncode == code and says in done.stderr, f"exit {done.returncode}: {done.stderr}")
        self.expect(f"timestamp {options}", code == 0 or not out.exists(), "left a bundle behind")
        return out

    def verify(self, what, bundle, code, check=None):
        done = subprocess.run([self.verifier, bundle, "--trust", self.trust, "--json"], capture_output=True, text=True, timeout=60, check=False)
        self.expect(what, done.returncode == code, f"verify answers {done.returncode}: {done.stdout[:3000]}")
        if check is not None:
            found = {one["code"]: one["detail"] for one in json.loads(done.stdout)["checks"]}
            self.expect(what, found[check[0]].startswith(check[1]), found[check[0]])


def by_url(bench):
    bench.verify("unstamped", bench.bundle, 2, ("policy.timestamp", "policy.timestamp"))
    bench.verify("EC", bench.call(bench.bundle, "--tsa", bench.url + "/ec-now"), 0)
    bench.verify("rolled over", bench.call(bench.bundle, "--tsa", bench.url + "/ec-rolled"), 0)
    bench.verify("expired", bench.call(bench.bundle, "--tsa", bench.url + "/ec-over"), 2, ("timestamp", "timestamp.window"))
    bench.verify("untrusted", bench.call(bench.bundle, "--tsa", bench.url + "/stranger-now"), 2, ("timestamp", "timestamp.untrusted"))
    for path, code, says in (("/html", 65, "timestamp-reply"), ("/elsewhere", 65, "sends elsewhere"), ("/refuse", 65, "timestamp.status"),
                             ("/junk", 65, "timestamp.malformed"), ("/large", 65, "more than"), ("/error", 65, "HTTP 503"),
                             ("/replay", 65, "timestamp.nonce")):
        bench.call(bench.bundle, "--tsa", bench.url + path, code=code, says=says)
    bench.call(bench.bundle, "--tsa", "http://127.0.0.1:1/", code=69)
    bench.call(bench.bundle, "--tsa", "file:///etc/passwd", code=64)


def doctor(bench):
    for path, level in (("/ec-now", "ok"), ("/stranger-now", "ok"), ("/replay", "note"), ("/junk", "note"), ("/refuse", "note")):
        said = run(bench.hoshitori, "doctor", "--tsa", bench.url + path).decode()
        bench.expect(f"doctor {path}", re.search(rf"(?m)^{level} +timestamps ", said), said)


def by_files(bench):
    name = bench.top / "ask"
    bench.call(bench.bundle, "--request", name)
    queries = sorted(bench.top.glob("ask-*.tsq"))
    bench.expect("requests", [one.name for one in queries] == ["ask-01-vendor-run.tsq", "ask-02-vendor-result.tsq"], str(queries))
    bench.call(bench.bundle, "--request", name, code=70, says="exists")
    answers = []
    for query in queries:
        answers += ["--response", query.with_suffix(".tsr")]
        answers[-1].write_bytes(bench.rsa.answer("now", query.read_bytes()))
        run("openssl", "ts", "-verify", "-queryfile", query, "-in", answers[-1], "-CAfile", bench.rsa.top / "ca.pem")
    stamped = bench.call(bench.bundle, *answers)
    bench.verify("RSA, by files", stamped, 0)
    bench.verify("one answer", bench.call(bench.bundle, *answers[:2]), 2, ("policy.timestamp", "policy.timestamp"))
    bench.call(bench.bundle, *answers[:2], *answers[:2], code=65, says="timestamp.imprint")
    bench.call(stamped, "--tsa", bench.url + "/ec-now", code=65, says="stamp.nothing")
    return stamped


def texts_of(bundle):
    with zipfile.ZipFile(bundle) as opened:
        return {name: json.loads(opened.read(name))["dsseEnvelope"] for name in opened.namelist() if name.startswith("META-INF/att/")}


def renewed(bench, stamped):
    bench.expect("what is signed", texts_of(bench.bundle) == texts_of(stamped), "was changed")
    once = bench.call(stamped, "--renew", "--tsa", bench.url + "/ec-rolled", "--add", bench.rsa.top / "ca.crt")
    bench.verify("renewed", once, 0, ("archive", ""))
    twice = bench.call(once, "--renew", "--tsa", bench.url + "/rsa-now")
    bench.verify("renewed twice", twice, 0, ("archive", ""))
    with zipfile.ZipFile(twice) as opened:
        arc = sorted(name for name in opened.namelist() if name.startswith("META-INF/arc/"))
    bench.expect("records", arc == [f"META-INF/arc/{number}.{kind}" for number in ("0001", "0002") for kind in ("json", "tsr")], str(arc))
    bench.call(once, "--tsa", bench.url + "/ec-now", code=65, says="stamp.renewed")
    bench.call(stamped, "--renew", "--tsa", bench.url + "/ec-now", "--add", bench.ec.top / "ca.pem", code=64)


def main():
    if time.time() < MADE + 3600:
        print("the clock is before the time of the honest bundle")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(*sys.argv[1:4], pathlib.Path(folder))
        by_url(bench)
        doctor(bench)
        renewed(bench, by_files(bench))
        bench.server.shutdown()
        print("\n".join(bench.problems) or f"{bench.made} calls of timestamp, as expected")
        return 1 if bench.problems else 0


if __name__ == "__main__":
    sys.exit(main())
