"""What a bundle may rest on: whole journals, honest profiles, enough questions; and what it never holds."""
import base64
import hashlib
import html
import itertools
import json
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import Bench, HOSHITORI, checks

PLANTED = "pl/ant ed+9"


class Journal(Bench):
    def interrupted_run(self):
        out = self.folder / "device.hoshi"
        # What is refused is refused after the rest of the run, so the rest is short.
        words = self.run_words(self.stub().profile, out, "--jobs", "1", "--only", "S1.1-01/read-without-credentials",
                               "--only", "S1.1-13/undeclared-tcp", "--only", "S1.1-13/telnet")
        process = subprocess.Popen([HOSHITORI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if line.startswith("[2/"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        return out, pathlib.Path(f"{out}.partial")

    def refused(self, out, words):
        done = self.command("run", "--resume", f"{out}.partial", "--yes", "--progress", "none", code=65)
        self.assertIn(words, done.stderr)
        self.assertFalse(out.exists())

    def test_a_changed_transcript_is_refused(self):
        out, folder = self.interrupted_run()
        wire = sorted((folder / "wire").iterdir())[0]
        wire.write_bytes(wire.read_bytes() + b"\n")
        self.refused(out, "changed")

    def test_a_link_in_place_of_a_transcript_is_not_followed(self):
        out, folder = self.interrupted_run()
        wire = sorted((folder / "wire").iterdir())[0]
        wire.unlink()
        wire.symlink_to(self.key)
        self.refused(out, wire.name)

    def test_a_changed_event_is_refused(self):
        out, folder = self.interrupted_run()
        log = folder / "events.jsonl"
        log.write_text(log.read_text(encoding="utf-8").replace('"verdict":"pass"', '"verdict":"fail"', 1),
                       encoding="utf-8")
        self.refused(out, "log.")


class Record(Bench):
    """What a run knows of itself stands in its bundle."""

    def test_everything_that_a_verdict_rests_on_is_named(self):
        device = self.stub()
        self.run_device(device.profile, "--only", "S1.1-01/wrong-password-refused", "--only", "S1.1-13", code=2)
        with zipfile.ZipFile(self.folder / "device.hoshi") as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        harness, result, manifest = (json.loads(content[name]) for name in
                                     ("run/harness.json", "run/result.json", "META-INF/manifest.json"))
        digests = harness["digests"]
        self.assertEqual(set(digests), {"suite", "profile", "plan", "program", "catalogue", "parameters", "answers"})
        self.assertTrue(all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests.values()), digests)
        for name in ("profile", "answers"):
            self.assertEqual(digests[name], hashlib.sha256(content[f"run/{name}.yaml"]).hexdigest())
        self.assertEqual(digests["suite"], manifest["run"]["suite"]["sha256"])
        self.assertEqual(digests["program"], hashlib.sha256(pathlib.Path(HOSHITORI).read_bytes()).hexdigest())
        self.assertEqual({policy["id"]: policy["sha256"] for policy in result["policies"]},
                         {name[len("run/policy/"):-len(".yaml")]: hashlib.sha256(data).hexdigest()
                          for name, data in content.items() if name.startswith("run/policy/")})
        libraries = harness["host"]["libraries"]
        for name in ("Mbed TLS", "libcurl", "libssh", "libcoap", "Paho MQTT C", "libyaml", "jansson", "libpcap", "OpenSSL"):
            self.assertRegex(libraries[name], r"\d\.\d", name)
        self.assertIn("synchronised", harness["host"]["clock"])
        self.assertTrue(harness["host"]["capture"]["permitted"] or harness["host"]["capture"]["reason"])
        self.assertNotIn(socket.gethostname(), json.dumps(harness["host"]))

    def test_what_was_used_of_each_budget(self):
        device = self.stub()
        _, result = self.run_device(device.profile, "--only", "S1.1-01/wrong-password-refused", code=2)
        account, = result["budgets"]["log_ins"]
        self.assertEqual((account["account"], account["allowed"]), ("admin-login", 120))
        with zipfile.ZipFile(self.folder / "device.hoshi") as archive:
            events = [json.loads(line) for line in archive.read("log/events.jsonl").splitlines()]
        said = sum(event["data"]["count"] for event in events if event["kind"] == "login-attempts")
        self.assertEqual(account["used"], said)
        self.assertGreater(said, 0)
        self.assertEqual([event["kind"] for event in events[:2]], ["run-opened", "host"])
        ran = [name for name in result["timing"] if name != "run"]
        self.assertEqual(sum(result["timing"][name]["connections"] for name in ran),
                         result["timing"]["run"]["connections"])
        self.assertGreater(result["timing"]["run"]["received"], 0)


class HonestProfile(Bench):
    def test_what_is_declared_cannot_be_not_applicable(self):
        profile = self.profile_with(self.stub().profile)
        text = re.sub(r"(?m)^not_applicable:.*$", "", profile.read_text(encoding="utf-8"))
        profile.write_text(text + "\nnot_applicable:\n  - {clause: S1.1-01, reason: {ja: 理由, en: because}}\n",
                           encoding="utf-8")
        done, result = self.run_device(profile, code=65)
        self.assertIsNone(result)
        self.assertRegex(done.stderr, r"S1\.1-01.*(declares|applies)")

    def test_a_few_guesses_are_not_enough_for_a_pass(self):
        profile = self.profile_with(self.stub("--defect", "default-password-common").profile,
                                    ("login_attempts: 120", "login_attempts: 7"))
        _, result = self.run_device(profile, "--only", "S1.1-02")
        verdicts = {name: check["verdict"] for name, check in checks(result).items() if "common-credentials" in name}
        self.assertTrue(verdicts)
        self.assertNotIn("pass", verdicts.values())

    def test_a_budget_too_small_is_named_with_its_cure(self):
        stub = self.stub()
        profile = self.profile_with(stub.profile, ("login_attempts: 120", "login_attempts: 30, brute_force_attempts: 7"))
        done, result = self.run_device(profile, "--only", "S1.1-01/wrong-password-refused", "--only", "S1.1-02", "--only",
                                       "S1.1-04", code=2)
        self.assertIn("admin-login: at most 30 wrong ones, and 21 more", done.stderr)
        judged = checks(result)
        # Three mechanisms spent two each and the control two, and two changes keep six each: 10 of the 30 are left.
        common = judged["S1.1-02/common-credentials@admin-login"]
        self.assertEqual(common["verdict"], "inconc", done.stderr)
        self.assertEqual(common["facts"]["tried"], 10)
        self.assertIn("limits.login_attempts (30) had 10 wrong log-ins left", common["reason"]["en"])
        self.assertIn("Raise limits.login_attempts", common["fix"]["en"])
        brute = judged["S1.1-04/guessing-rate@admin-login"]
        self.assertEqual(brute["verdict"], "inconc", done.stderr)
        self.assertIn("limits.brute_force_attempts (7) had 7 wrong log-ins left where 30", brute["reason"]["en"])
        self.assertEqual(judged["S1.1-01/wrong-password-refused@admin-login"]["verdict"], "pass")

    def test_replaced_parameters_are_shown(self):
        stub = self.stub()
        params = self.folder / "lax.yaml"
        params.write_text("hoshitori: params/1\nparameters:\n  tls_versions: {value: [TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3], "
                          "basis: project}\n", encoding="utf-8")
        done, _ = self.run_device(stub.profile, "--only", "S1.1-12", "--params", str(params), code=2)
        self.assertIn("Replaced parameters: tls_versions (lax.yaml)", done.stdout)


class Streams(Bench):
    def test_output_that_is_lost_is_not_a_success(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([HOSHITORI, "list", "probes"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 70)
        self.assertIn("stdout", done.stderr)

    def test_a_closed_stderr_does_not_write_into_the_journal(self):
        out = self.folder / "device.hoshi"
        words = " ".join(f"'{word}'" for word in self.run_words(self.stub().profile, out, "--only", "S1.1-12"))
        done = subprocess.run(["sh", "-c", f"exec {HOSHITORI} {words} 2>&- <&-"], stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 2)
        self.command("verify", str(out), "--signer", f"{self.key}.pub", code=0)


def written(text):
    """A secret in every way that a device may write it."""
    octets = text.encode()
    base64s = [base64.b64encode(b"x" * shift + octets + b"y").decode() for shift in range(3)]
    return {
        "plain": text,
        "percent": urllib.parse.quote(text, safe=""),
        "percent-all": "".join(f"%{octet:02x}" for octet in octets),
        "percent-twice": urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
        "form": urllib.parse.quote_plus(text),
        "json": json.dumps(text).replace("/", "\\/"),
        "json-all": "".join(f"\\u{octet:04X}" for octet in octets),
        "html": "".join(f"&#{octet};" for octet in octets),
        "html-hex": "".join(f"&#x{octet:x};" for octet in octets),
        "mixed": "".join(f"%{octet:02X}" if i % 2 else chr(octet) for i, octet in enumerate(octets)),
        "hex": octets.hex(),
        "hex-upper": octets.hex().upper(),
        "hex-spaced": octets.hex(" "),
        "base64url": base64.urlsafe_b64encode(octets).decode(),
        "basic": base64.b64encode(f"admin:{text}".encode()).decode(),
        **{f"base64-{shift}": form for shift, form in enumerate(base64s)},
    }


def read_back(content):
    """What a patient reader makes of stored bytes: escapes undone, UTF-16 and chunks put together."""
    text = content.decode("latin-1")
    texts = [text, text.replace("\0", ""), re.sub(r"\r\n[0-9a-fA-F]+\r\n", "", text)]
    for _ in range(2):
        texts += [urllib.parse.unquote_plus(each, "latin-1") for each in texts]
        texts += [html.unescape(each) for each in texts]
        texts += [re.sub(r"\\\\u00([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), each).replace("\\/", "/")
                  for each in texts]
        texts = list(dict.fromkeys(texts))
    return texts


class Echo(BaseHTTPRequestHandler):
    """A device that repeats what it was told, wherever and however it can."""

    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def log_message(self, *_):
        pass

    turns = itertools.count()

    def told(self):
        """Another way each time, so that none hides behind another."""
        ways = sorted(written(PLANTED).items())
        turn = next(self.turns)
        self.send_header("X-Told", ways[turn % len(ways)][1])
        if turn % 5 == 0:
            self.send_header("Set-Cookie", "told=" + urllib.parse.quote(PLANTED, safe=""))
            self.send_header("WWW-Authenticate", f'Digest realm="{PLANTED}", nonce="{PLANTED}"')

    def answer(self, status, body):
        turn = next(self.turns)
        self.send_response(status, *(["told " + PLANTED] if turn % 7 == 0 else []))
        self.told()
        if status == 302 or turn % 3 == 0:
            self.send_header("Location", "/login?pw=" + urllib.parse.quote(PLANTED, safe=""))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def in_pieces(self, pieces):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.003)
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        if self.path == "/":
            self.answer(200, b"HC-100")
        elif "sid=1" in (self.headers.get("Cookie") or ""):
            self.in_pieces([bytes([octet]) for octet in PLANTED.encode()] + [PLANTED[:5].encode(), PLANTED[5:].encode()])
        else:
            self.answer(302, PLANTED.encode(("utf-16-le", "utf-16-be")[next(self.turns) % 2]))

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        except ValueError:
            body = None
        if body == {"user": "admin", "password": PLANTED}:
            self.send_response(200)
            self.send_header("Set-Cookie", "sid=1")
            self.told()
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            ways = sorted(written(PLANTED).values())
            self.answer(401, ways[next(self.turns) % len(ways)].encode())


class Secrets(Bench):
    PROFILE = """hoshitori: profile/1
product: {{vendor: {{name: Echo}}, model: HC-100, type: other}}
reach: {{addresses: ["127.0.0.1"], liveness: {{service: web, path: /, contains: HC-100}}}}
services:
  - {{id: web, transport: tcp, port: {port}, protocol: http, purpose: page, reason: test}}
assets: [{{id: settings, kind: communication-setting}}]
roles: [admin]
auth:
  - id: form
    kind: password
    service: web
    roles: [admin]
    login:
      request: {{method: POST, path: /login, json: {{user: "${{user}}", password: "${{password}}"}}}}
      success: {{status: 200, sets: session-cookie}}
      failure: {{status: 401}}
    credentials: [{{role: admin, user: admin, secret_file: admin.password}}]
access:
  - {{asset: settings, service: web, auth: form, role: admin, read: {{path: /settings}}}}
"""

    def test_a_device_that_repeats_secrets_does_not_get_them_into_the_bundle(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        secret = self.folder / "admin.password"
        secret.write_text(PLANTED + "\n", encoding="utf-8")
        secret.chmod(0o600)
        profile = self.folder / "profile.yaml"
        profile.write_text(self.PROFILE.format(port=server.server_address[1]), encoding="utf-8")
        done, result = self.run_device(profile, "--only", "S1.1-01", "--only", "S1.1-02")
        self.assertIsNotNone(result, done.stderr)
        self.assertGreater(len([check for check in checks(result).values() if check.get("attempt")]), 1)
        forms = {**written(PLANTED), "base64-0": base64.b64encode(PLANTED.encode()).decode().rstrip("="),
                 "base64-1": base64.b64encode(b"x" + PLANTED.encode()).decode()[2:-3],
                 "base64-2": base64.b64encode(b"xx" + PLANTED.encode()).decode()[3:-3]}
        with zipfile.ZipFile(self.folder / "device.hoshi") as archive:
            for name in archive.namelist():
                for content in self.readable(archive.read(name)):
                    for form, text in forms.items():
                        self.assertNotIn(text, content, f"{name}: {form}")
        self.assertNotIn(PLANTED, done.stdout + done.stderr)
        self.assertEqual([entry.name for entry in self.folder.iterdir() if entry.name.endswith(".partial")], [])

    @staticmethod
    def readable(content):
        """The entry itself, each stored piece, and the pieces of one connection and direction put together."""
        texts = read_back(content)
        streams = {}
        for line in content.decode("utf-8", "replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            for event in event if isinstance(event, list) else event.get("events", [event]):
                if isinstance(event, dict) and isinstance(event.get("bytes"), str):
                    piece = base64.b64decode(event["bytes"])
                    texts += read_back(piece)
                    streams.setdefault((event.get("conn"), event["kind"]), bytearray()).extend(piece)
        for stream in streams.values():
            texts += read_back(bytes(stream))
        return texts

    def test_a_secret_written_into_a_file_that_bundles_carry_is_refused_and_not_repeated(self):
        secret = self.folder / "admin.password"
        secret.write_text("tr0ub4dor&3\n", encoding="utf-8")
        secret.chmod(0o600)
        honest = self.PROFILE.format(port=9)
        for where, (old, new) in {
                "userinfo": ("reason: test}", 'reason: "see https://admin:hunter2@device.example/"}'),
                "query": ("liveness: {service: web, path: /,", 'liveness: {service: web, path: "/?token=hunter2",'),
                "body": ('password: "${password}"', 'password: "hunter2019"'),
                "header": ("method: POST, path: /login,",
                           'method: POST, path: /login, headers: {Authorization: "Bearer hunter2hunter2hunter2"},'),
                "basic": ("reason: test}", 'reason: "Basic YWRtaW46aHVudGVyMg=="}'),
                "declared": ("reason: test}", 'reason: "it is tr0ub4dor&3 until the next reset"}'),
        }.items():
            with self.subTest(where):
                self.assertIn(old, honest)
                profile = self.folder / "profile.yaml"
                profile.write_text(honest.replace(old, new), encoding="utf-8")
                done, result = self.run_device(profile, code=65)
                self.assertIsNone(result)
                self.assertRegex(done.stderr, r"profile\.yaml:\d+:\d+: ")
                if where != "declared":
                    linted = self.command("lint", str(profile), code=1)
                    self.assertIn("secret_file", linted.stdout)
                    done.stderr += linted.stdout + linted.stderr
                self.assertNotRegex(done.stderr, "hunter2|tr0ub4dor|YWRtaW46")


if __name__ == "__main__":
    unittest.main()
