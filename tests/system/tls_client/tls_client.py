#!/usr/bin/env python3
"""Clients as devices: what hoshitori says of each is known beforehand.

Needs a network namespace of its own (tests/support/own-network). HOSHITORI_BUILD: the folder with the programs;
MBED_CALLER: the Mbed TLS client beside this file. Packages: curl, openssl, mosquitto-clients.
"""
import base64
import concurrent.futures
import http.server
import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "daemons"))
from box import ADDRESS, Box  # noqa: E402
from run import hoshitori, run_device  # noqa: E402

NAME = "cloud.example.test"
SECRET = "SECRET-7fK2q"
CHAINS = ["self_signed", "wrong_host", "expired", "not_yet_valid", "unknown_ca", "leaf_as_ca", "sha1", "rsa1024"]
OLD = ["tls10", "tls11"]
PORTS = itertools.count(20000)  # ours alone in this namespace, and below those that clients call from
FAST = {"watch_ms": 60, "talk_ms": 1500, "object_ms": 300}
DEFECTS = {
    "accepts-self-signed": ["self_signed"],
    "ignores-hostname": ["wrong_host"],
    "ignores-dates": ["expired", "not_yet_valid"],
    "any-ca": ["unknown_ca"],
    "leaf-as-ca": ["leaf_as_ca"],
    "accepts-sha1": ["sha1"],
    "accepts-rsa1024": ["rsa1024"],
    "old-versions": OLD,
    "bare-suites": ["null", "anonymous"],
    "export-suites": ["export"],
    "falls-back-to-clear": [],
}
CHECKS = [f"S1.1-12/client-{name}" for name in ("certificates", "versions", "clear")]
STUB_RUNS = {  # defect, whether the device trusts a test authority: the verdicts of CHECKS
    (None, True): ("pass", "pass", "pass"),
    ("any-ca", True): ("fail", "pass", "pass"),
    ("bare-suites", True): ("pass", "fail", "pass"),
    ("falls-back-to-clear", True): ("pass", "pass", "fail"),
    ("export-suites", True): ("pass", "fail", "pass"),
    (None, False): ("inconc", "inconc", "inconc"),
    ("any-ca", False): ("fail", "inconc", "inconc"),
}


class Bench:
    """A box with a test authority, the ports of one device's calls, and what it calls with."""

    def __init__(self, box):
        self.box = box
        self.ca, self.key = authority(box)
        self.port, self.clear, self.dns = next(PORTS), next(PORTS), next(PORTS)
        self.ending = threading.Event()

    def profile(self, protocol="https", test_ca=True, stub=None, **more):
        services = [self.box.service("status", stub["services"][0]["port"] if stub else self.box.port(), "http",
                                     carries_assets=False)]
        client = {"id": "cloud", "host": NAME, "port": self.port, "protocol": protocol, "clear_port": self.clear,
                  "purpose": {"ja": "報告", "en": "reports"}, "calls": {"within_s": 4}, **more}
        if test_ca:
            client["test_ca"] = {"certificate": self.ca, "key_file": self.key}
        return self.box.profile(services, clients=[client], redirect={"address": ADDRESS, "dns": self.dns},
                                liveness={"service": "status", "path": "/", "contains": "HT-20"} if stub else None)

    def again_and_again(self, call):
        """A device that calls whenever it has failed, until the bench is left."""
        def loop():
            while not self.ending.is_set():
                call()
                self.ending.wait(0.05)
        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        return thread

    def program(self, *words, said=b""):
        """The call of a program that ends by itself."""
        def call():
            try:
                subprocess.run(words, input=said, capture_output=True, timeout=4, check=False)
            except subprocess.TimeoutExpired:
                pass
        return call

    def stub(self, defect=None, scheme=""):
        words = [str(pathlib.Path(os.environ["HOSHITORI_BUILD"]) / "hoshitori-stub"), "client", "--calls-home",
                 f"{scheme}{NAME}:{self.port}:{self.clear}", "--ca", self.ca, "--resolver", f"{ADDRESS}:{self.dns}",
                 "--state", str(self.box.folder / "state")]
        child = subprocess.Popen(words + (["--defect", defect] if defect else []), stdout=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, start_new_session=True)
        self.box.children.append(child)
        return json.loads(child.stdout.readline())

    def observe(self, profile, **params):
        path = self.box.write("profile.yaml", json.dumps(profile))
        given = [word for name, value in {**FAST, **params}.items() for word in ("--param", f"{name}={value}")]
        done = hoshitori("probe", "tls_client", "--profile", path, "--client", "cloud", "--json", *given)
        if done.returncode != 0:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()}")
        if SECRET in done.stdout:
            raise RuntimeError("the secret stands in the facts")
        return json.loads(done.stdout)["facts"]


def authority(box):
    certificate, key = str(box.folder / "test-ca.pem"), str(box.folder / "test-ca.key")
    box.call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
             "/C=JP/O=Example Electric/CN=Test authority", "-keyout", key, "-out", certificate)
    os.chmod(key, 0o600)
    return certificate, key


def compare(facts, **expected):
    return [f"{name}: {facts.get(name)!r}, expected {value!r}" for name, value in expected.items()
            if facts.get(name) != value]


def sound(**more):
    return {"called": True, "valid_accepted": True, "accepted": [], "unclear": [], "not_called": [], "in_clear": [], **more}


# ---- devices: each returns what is wrong, in words ----

def stub_case(defect):
    def run(bench):
        stub = bench.stub(defect)
        # The second attempt has to come while the same is shown.
        facts = bench.observe(bench.profile(stub=stub), **({"watch_ms": 400} if defect == "export-suites" else {}))
        wanted = sound(accepted=DEFECTS[defect] if defect else [], hello_server_name=NAME, other_names=[], strangers=0)
        wrong = []
        if defect == "falls-back-to-clear":
            said = {row["clear"] for row in facts["presentations"] if "clear" in row}
            wrong = [] if said == {"http POST /report"} else [f"in clear: {said}"]
            wanted["in_clear"] = facts["refused"]
            wrong += [] if {"plain", "unknown_ca"} <= set(facts["refused"]) else [f"refused: {facts['refused']}"]
        if defect == "bare-suites":
            wanted["hello_suites_unprotected"] = ["TLS_RSA_WITH_NULL_SHA256", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"]
        if facts["questions"] < len(facts["presentations"]):
            wrong.append(f"questions: {facts['questions']}")
        return wrong + compare(facts, **wanted)
    return run


DTLS_DEFECTS = {**{defect: accepted for defect, accepted in DEFECTS.items() if defect not in ("ignores-dates", "accepts-sha1", "export-suites")},
                "old-versions": ["dtls10"]}


def stub_dtls_case(defect):
    def run(bench):
        stub = bench.stub(defect, "coaps://")
        shown = {"presentations": "valid,unknown_ca,dtls10,plain"} if defect == "falls-back-to-clear" else {}
        facts = bench.observe(bench.profile(protocol="coaps", stub=stub), **shown)
        wanted = sound(accepted=DTLS_DEFECTS[defect] if defect else [], hello_server_name=NAME, strangers=0,
                       hello_versions=["DTLSv1.2"])
        wrong = []
        if defect == "falls-back-to-clear":
            said = {row["clear"] for row in facts["presentations"] if "clear" in row}
            wrong = [] if said == {"coap POST"} else [f"in clear: {said}"]
            wanted["in_clear"] = facts["refused"]
            wrong += [] if {"unknown_ca", "dtls10"} <= set(facts["refused"]) else [f"refused: {facts['refused']}"]
        return wrong + compare(facts, **wanted)
    return run


def stub_run(defect, test_ca, protocol="https"):
    """The whole suite's way: child, liveness, bundle."""
    def run(bench):
        scheme = "coaps://" if protocol == "coaps" else ""
        profile = bench.profile(protocol=protocol, stub=bench.stub(defect, scheme), test_ca=test_ca)
        judged, fault = run_device(bench.box, profile, CHECKS, {"client_watch_ms": 60})
        if fault:
            return [fault]
        checks = [judged[f"{check}@cloud"] for check in CHECKS]
        wrong = [f"{check['id']}: {check['verdict']} ({check.get('reason')}), expected {wanted}"
                 for check, wanted in zip(checks, STUB_RUNS[defect, test_ca]) if check["verdict"] != wanted]
        heard, reported = everything_in(bench.box.folder / "device.hoshi")
        return wrong + ([] if heard else ["no ClientHello stands in the bundle"]) + (
            ["what the device reported stands in the bundle"] if reported else [])
    return run


def everything_in(bundle):
    """Whether the name in a ClientHello, and whether the report, stand in any file of a bundle or in bytes kept there."""
    with zipfile.ZipFile(bundle) as archive:
        texts = [archive.read(name) for name in archive.namelist()]
    kept = [base64.b64decode(piece) for text in texts for piece in re.findall(rb'"bytes": ?"([A-Za-z0-9+/=]+)"', text)]
    return any(NAME.encode() in one for one in kept), any(b"HT20-000117" in one for one in texts + kept)


def curl_case(*words, accepted=(), test_ca=True, stapling=False, **expected):
    """It looks at a staple when the handshake is done."""
    def run(bench):
        bench.again_and_again(bench.program(
            "curl", "-s", "--max-time", "4", "--cacert", bench.ca, "--resolve", f"{NAME}:{bench.port}:{ADDRESS}",
            "-d", f"password={SECRET}", *words, f"https://{NAME}:{bench.port}/up?token={SECRET}"))
        facts = bench.observe(bench.profile(test_ca=test_ca, stapling=stapling))
        said = {row["data"] for row in facts["presentations"] if "data" in row}
        wrong = [] if said <= {"http POST /up"} else [f"said: {said}"]
        return wrong + compare(facts, **sound(accepted=list(accepted), **expected))
    return run


def stapling_gnutls(*words, accepted):
    """It looks at the staple, if there is one, before the key exchange."""
    def run(bench):
        bench.again_and_again(bench.program(
            "gnutls-cli", "--port", str(bench.port), "--x509cafile", bench.ca, "--verify-hostname", NAME, "--sni-hostname", NAME,
            "--priority", "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", *words, ADDRESS, said=SECRET.encode() + b"\n"))
        facts = bench.observe(bench.profile(protocol="tls", stapling=True), presentations="valid,expired,no_staple,revoked")
        return compare(facts, **sound(accepted=accepted))
    return run


def openssl_case(*words, accepted):
    def run(bench):
        bench.again_and_again(bench.program(
            "openssl", "s_client", "-connect", f"{ADDRESS}:{bench.port}", "-servername", NAME, "-quiet", "-CAfile",
            bench.ca, *words, said=SECRET.encode() + b"\n"))
        return compare(bench.observe(bench.profile(protocol="tls")), **sound(accepted=accepted))
    return run


def openssl_dtls_case(*words, version="-dtls1_2", accepted):
    shown = ["valid", "self_signed", "wrong_host", "expired", "sha1", "rsa1024", "dtls10"]

    def run(bench):
        bench.again_and_again(bench.program(
            "openssl", "s_client", version, "-connect", f"{ADDRESS}:{bench.port}", "-servername", NAME, "-quiet",
            "-CAfile", bench.ca, *words, said=SECRET.encode() + b"\n"))
        # It takes half a second to end each time.
        facts = bench.observe(bench.profile(protocol="dtls"), presentations=",".join(shown))
        return compare(facts, **sound(accepted=[name for name in accepted if name in shown], hello_server_name=NAME))
    return run


def coap_case(program, trusts, accepted, refused=()):
    """libcoap's own client. It takes the name from the URI, so it calls the address as localhost. What is not named here
    depends on its version."""
    def run(bench):
        bench.again_and_again(bench.program(program, "-m", "put", "-e", SECRET, "-B", "3", *(("-C", bench.ca) if trusts else ()),
                                            f"coaps://localhost:{bench.port}/secret?token={SECRET}"))
        facts = bench.observe(bench.profile(protocol="coaps", host="localhost"),
                              presentations="valid,self_signed,wrong_host,expired,unknown_ca")
        said = {row["data"] for row in facts["presentations"] if "data" in row}
        return ([] if said == {"coap PUT"} else [f"said: {said}"]) + compare(
            facts, **sound(accepted=list(accepted), refused=list(refused)))
    return run


def no_common_ground(bench):
    """A client that our RSA chains cannot serve has refused nothing."""
    bench.again_and_again(bench.program("openssl", "s_client", "-connect", f"{ADDRESS}:{bench.port}", "-tls1_2", "-cipher",
                                        "ECDHE-ECDSA-AES128-GCM-SHA256", said=b"x"))
    facts = bench.observe(bench.profile(protocol="tls"), presentations="valid,expired")
    return compare(facts, **sound(valid_accepted=False, unclear=["expired"], refused=[]))


def mosquitto_case(*words, accepted):
    """It takes the name to compare from -h, so it calls the address as localhost."""
    def run(bench):
        bench.again_and_again(bench.program("mosquitto_pub", "-h", "localhost", "-p", str(bench.port), "--cafile", bench.ca,
                                            "-t", "t", "-m", SECRET, "-u", "u", "-P", SECRET, *words))
        facts = bench.observe(bench.profile(protocol="mqtts", host="localhost"))
        said = {row["data"] for row in facts["presentations"] if "data" in row}
        return ([] if said == {"mqtt CONNECT"} else [f"said: {said}"]) + compare(facts, **sound(accepted=accepted))
    return run


def mbed_case(*words, accepted, protocol="https"):
    def run(bench):
        kind = "dtls" if protocol == "coaps" else "tls"
        bench.again_and_again(bench.program(os.environ["MBED_CALLER"], kind, str(bench.port), NAME, bench.ca, *words))
        return compare(bench.observe(bench.profile(protocol=protocol)), **sound(accepted=accepted))
    return run


def triggered(bench):
    """A device that calls when it is asked to, by a request that the profile names."""
    call = bench.program("curl", "-s", "--tlsv1.2", "--max-time", "4", "--cacert", bench.ca, "--resolve",
                         f"{NAME}:{bench.port}:{ADDRESS}", f"https://{NAME}:{bench.port}/")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            threading.Thread(target=call, daemon=True).start()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((ADDRESS, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    profile = bench.profile(calls={"within_s": 4, "access": "now"})
    profile["services"] = [bench.box.service("status", server.server_port, "http")]
    profile["assets"] = [{"id": "report", "kind": "other"}]
    profile["access"] = [{"id": "now", "asset": "report", "service": "status", "auth": "none",
                          "write": {"method": "POST", "path": "/call"}}]
    facts = bench.observe(profile, presentations="valid,self_signed,tls10")
    server.shutdown()
    return compare(facts, **sound(refused=["self_signed", "tls10"]))


def hostile(bench):
    """Garbage, half a hello, a megabyte that never ends, and a connection that says nothing: data, in bounds."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40
    said = [b"\xff" * 64, hello, b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"\x01" * (16 << 20), b"", b"\x80\x2e\x01\x00\x02",
            b"A" * (16 << 20)]

    def call():
        for what in said:
            try:
                with socket.create_connection((ADDRESS, bench.port), timeout=1) as link:
                    link.sendall(what)
                    link.settimeout(0.2)
                    while link.recv(65536):
                        pass
            except OSError:
                pass
    bench.again_and_again(call)
    begun = time.monotonic()
    facts = bench.observe(bench.profile(calls={"within_s": 1}), presentations="valid,expired,tls10,plain", talk_ms=200)
    wrong = [] if time.monotonic() - begun < 20 else ["it took too long"]
    if any(row["clear_bytes"] > 1 << 20 for row in facts["presentations"]):
        wrong.append(f"clear bytes: {facts['presentations']}")
    return wrong + compare(facts, called=False, valid_accepted=None, accepted=[])


def hostile_datagrams(bench):
    """Garbage, a hello in pieces that contradict each other or never end, strays of a call that is over, nothing at all."""
    head = b"\x16\xfe\xfd" + bytes(8)
    piece = b"\x01\x00\xff\xff\x00\x00"
    said = [b"\xff" * 64, b"", b"\x17\xfe\xfd" + bytes(8) + b"\x00\x20" + b"\x00" * 32, head + b"\xff\xff" + b"\x01" * 40,
            b"\x16", b"A" * 60000,
            *(head + b"\x00\x14" + piece + at.to_bytes(3, "big") + b"\x00\x00\x08" + b"\x01" * 8 for at in range(0, 4000, 4))]

    def call():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.connect((ADDRESS, bench.port))
            for what in said:
                try:
                    link.send(what)
                except OSError:
                    pass
    bench.again_and_again(call)
    begun = time.monotonic()
    facts = bench.observe(bench.profile(protocol="coaps", calls={"within_s": 1}), presentations="valid,dtls10", talk_ms=200)
    wrong = [] if time.monotonic() - begun < 20 else ["it took too long"]
    return wrong + compare(facts, called=False, valid_accepted=None, accepted=[])


def endless(bench):
    """16 MB behind a right and a wrong certificate: counted so far, and hung up on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def call():
        try:
            with context.wrap_socket(socket.create_connection((ADDRESS, bench.port), timeout=2)) as link:
                link.sendall(b"A" * (16 << 20))
        except OSError:
            pass
    bench.again_and_again(call)
    facts = bench.observe(bench.profile(), presentations="valid,expired")
    counted = [row["data_bytes"] for row in facts["presentations"]]
    wrong = [] if all(0 < count < 1 << 20 for count in counted) else [f"counted: {counted}"]
    return wrong + compare(facts, **sound(accepted=["expired"]))


def nobody(bench):
    facts = bench.observe(bench.profile(calls={"within_s": 1}), presentations="valid,expired")
    return compare(facts, called=False, valid_accepted=None, accepted=[], not_called=["expired"])


def key_of_another(bench):
    """The authority's key does not fit: our side's fault, and never a word of the key."""
    profile = bench.profile()
    _, profile["clients"][0]["test_ca"]["key_file"] = authority(type(bench.box)(bench.box.directory("other")))
    try:
        bench.observe(profile)
    except RuntimeError as fault:
        return [] if "not the private key" in str(fault) and "PRIVATE" not in str(fault) else [str(fault)]
    return ["it was taken"]


CASES = {
    **{f"stub, {defect or 'sound'}": stub_case(defect) for defect in (None, *DEFECTS)},
    **{f"stub in a run, {defect or 'sound'}{'' if test_ca else ', no test authority'}": stub_run(defect, test_ca)
       for defect, test_ca in STUB_RUNS},
    **{f"stub over DTLS, {defect or 'sound'}": stub_dtls_case(defect) for defect in (None, *DTLS_DEFECTS)},
    **{f"stub over DTLS in a run, {defect or 'sound'}": stub_run(defect, True, "coaps") for defect in (None, "any-ca")},
    "curl": curl_case("--tlsv1.2"),
    "curl --tlsv1.2 -k": curl_case("--tlsv1.2", "-k", accepted=CHAINS),
    "curl, no test authority": curl_case("--tlsv1.2", test_ca=False, valid_accepted=None),
    "curl -k, no test authority": curl_case("--tlsv1.2", "-k", accepted=CHAINS, test_ca=False, valid_accepted=None),
    "curl --cert-status": curl_case("--tlsv1.2", "--cert-status", stapling=True),
    "curl that asks for no staple": curl_case("--tlsv1.2", accepted=["no_staple", "revoked"], stapling=True),
    "gnutls-cli": stapling_gnutls(accepted=["no_staple"]),
    "openssl s_client, strict": openssl_case("-verify_return_error", "-verify_hostname", NAME, "-no_tls1", "-no_tls1_1",
                                             accepted=[]),
    "openssl s_client": openssl_case("-no_tls1", "-no_tls1_1", accepted=CHAINS),
    "openssl s_client, old versions": openssl_case("-verify_return_error", "-verify_hostname", NAME, "-cipher",
                                                   "DEFAULT:@SECLEVEL=0", accepted=["sha1", "rsa1024", *OLD]),
    "openssl s_client, ECDSA alone": no_common_ground,
    "openssl s_client over DTLS, strict": openssl_dtls_case("-verify_return_error", "-verify_hostname", NAME, accepted=[]),
    "openssl s_client over DTLS": openssl_dtls_case(accepted=CHAINS),
    "openssl s_client over DTLS, old versions": openssl_dtls_case(
        "-verify_return_error", "-verify_hostname", NAME, "-cipher", "DEFAULT:@SECLEVEL=0", version="-dtls",
        accepted=["sha1", "rsa1024", "dtls10"]),

    **{f"{program}, {'an authority' if trusts else 'none'}": case for program in ("coap-client-openssl", "coap-client-gnutls")
       for trusts, case in ((True, coap_case(program, True, ["wrong_host", "expired"], ["self_signed", "unknown_ca"])),
                            (False, coap_case(program, False, ["self_signed", "wrong_host", "expired", "unknown_ca"])))},
    "mosquitto_pub": mosquitto_case("--tls-version", "tlsv1.2", accepted=[]),
    "mosquitto_pub --insecure": mosquitto_case("--tls-version", "tlsv1.2", "--insecure", accepted=["wrong_host"]),
    "Mbed TLS": mbed_case(accepted=[]),
    "Mbed TLS, VERIFY_NONE": mbed_case("unsound", accepted=CHAINS),
    "Mbed TLS over DTLS": mbed_case(protocol="coaps", accepted=[]),
    "Mbed TLS over DTLS, VERIFY_NONE": mbed_case("unsound", protocol="coaps", accepted=CHAINS),
    "called by request": triggered,
    "hostile bytes": hostile,
    "hostile datagrams": hostile_datagrams,
    "endless talk": endless,
    "nobody calls": nobody,
    "another's key": key_of_another,
}
NEEDS = {"gnutls-cli": "gnutls-cli", "coap-client-openssl": "coap-client-openssl", "coap-client-gnutls": "coap-client-gnutls", "curl": "curl", "openssl s_client": "openssl", "mosquitto_pub": "mosquitto_pub", "called by request": "curl"}


def try_case(name):
    begun = time.monotonic()
    needed = next((program for prefix, program in NEEDS.items() if name.startswith(prefix)), None)
    if needed and shutil.which(needed) is None:
        return None, f"skip  {name}: {needed} is not installed"
    with tempfile.TemporaryDirectory(prefix="hoshitori-client-") as folder:
        box = Box(folder)
        bench = Bench(box)
        try:
            wrong = CASES[name](bench)
        except RuntimeError as fault:
            wrong = [str(fault)]
        finally:
            bench.ending.set()
            box.stop()
    return wrong, f"{'FAULT' if wrong else 'ok   '} {name} ({time.monotonic() - begun:.1f} s)"


def main(arguments):
    faults = 0
    names = [name for name in CASES if not arguments or any(word in name for word in arguments)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for wrong, line in pool.map(try_case, names):
            print(line, *(wrong or ()), sep="\n        ", flush=True)
            faults += len(wrong or ())
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
