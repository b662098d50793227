"""What went wrong elsewhere, tried here: no evidence must never become a pass."""
import json
import pathlib
import signal
import socket
import subprocess
import threading
import time
import unittest
import zipfile

from support import Bench, HOSHITORI, checks, with_verdict


class CableOut(Bench):
    """A harness elsewhere reported 28 passes with the cable out."""

    def test_stub_killed_before_the_run(self):
        stub = self.stub()
        stub.kill()
        done, result = self.run_device(stub.profile, code=69)
        self.assertIsNone(result)
        self.assertIn("cannot be reached", done.stderr)

    def test_stub_killed_during_the_run(self):
        stub = self.stub()
        out = self.folder / "device.hoshi"
        words = self.run_words(stub.profile, out, "--jobs", "1")
        process = subprocess.Popen([HOSHITORI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if line.startswith("[1/"):
                break
        stub.kill()
        process.communicate(timeout=120)
        self.assertEqual(process.returncode, 2)
        result = json.loads(self.command("show", str(out), "--json", code=0).stdout)
        errors = with_verdict(result, "error")
        self.assertGreater(len(errors), 3)
        for name in errors:
            liveness = checks(result)[name]["liveness"]
            self.assertNotEqual((liveness["before"], liveness["after"]), ("alive", "alive"))
            self.assertIn("did not answer", checks(result)[name]["reason"]["en"])
        self.assertLessEqual(len(with_verdict(result, "pass")), 2)
        self.assertEqual(with_verdict(result, "fail"), [])


class EveryCheckError(Bench):
    """All required tests "Error" was reported as compliant."""

    def test_every_check_error_is_never_conformant(self):
        stub = self.stub()
        answers = FlakyDevice(stub.ports["admin"] if "admin" in stub.ports else 0)
        profile = self.profile_with(stub.profile)
        text = profile.read_text(encoding="utf-8")
        profile.write_text(answers.take_over(text), encoding="utf-8")
        with answers:
            done, result = self.run_device(profile, "--jobs", "1", code=2)
        self.assertEqual(result["overall"], "inconclusive")
        self.assertEqual(with_verdict(result, "pass"), [], done.stderr)
        self.assertEqual(with_verdict(result, "fail"), [], done.stderr)
        self.assertGreater(len(with_verdict(result, "error")), 3)


class FlakyDevice:
    """Answers the preflight on the liveness port and nothing afterwards."""

    def __init__(self, admin_port):
        self.admin_port = admin_port
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.stopped = False
        self.thread = threading.Thread(target=self.serve)

    def take_over(self, profile):
        """The profile with an http liveness service at our own port."""
        service = (f"  - {{id: beat, transport: tcp, port: {self.port}, protocol: http, carries_assets: false, "
                   "purpose: {ja: 生存確認, en: heartbeat}, reason: {ja: 試験, en: test}}\n")
        lines = profile.splitlines(keepends=True)
        place = next(i for i, line in enumerate(lines) if line.startswith("services:"))
        lines.insert(place + 1, service)
        place = next(i for i, line in enumerate(lines) if "liveness:" in line)
        lines[place] = "  liveness: {service: beat, path: /, contains: HC-100}\n"
        return "".join(lines)

    def serve(self):
        answered = False
        self.listener.settimeout(0.2)
        while not self.stopped:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                continue
            with peer:
                if not answered:
                    peer.settimeout(2)
                    peer.recv(4096)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nHC-100")
                    answered = True

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopped = True
        self.thread.join()
        self.listener.close()


class WrongDevice(Bench):
    def test_another_device_at_the_address(self):
        stub = self.stub()
        profile = self.profile_with(stub.profile, ("contains: HC-100", "contains: HC-999"))
        done, result = self.run_device(profile, code=69)
        self.assertIsNone(result)
        self.assertIn("another device", done.stderr)


class EmptyScanResult(Bench):
    """A port scan that produced nothing was reported as "no telnet, no FTP: compliant"."""

    def test_a_scan_that_misses_what_is_there_is_no_evidence(self):
        stub = self.stub("--defect", "undeclared-port", "--defect", "telnet-open")
        params = self.folder / "params.yaml"
        params.write_text("hoshitori: params/1\nparameters:\n  scanned_ports: {value: 1-10, basis: project}\n",
                          encoding="utf-8")
        done, result = self.run_device(stub.profile, "--params", str(params), code=2)
        for name in ("S1.1-13/undeclared-tcp@127.0.0.1", "S1.1-13/telnet@127.0.0.1"):
            check = checks(result)[name]
            self.assertEqual(check["facts"]["open"], [], done.stderr)
            self.assertEqual(check["verdict"], "inconc", "nothing found, nothing proven")
            self.assertIn("declared-port-seen", check["control"])
        overridden = {parameter["name"]: parameter for parameter in result["parameters"]}["scanned_ports"]
        self.assertEqual((overridden["value"], overridden["origin"]), ("1-10", "params.yaml"))


class Interrupted(Bench):
    def start(self, profile, out):
        words = self.run_words(profile, out, "--jobs", "1")
        return subprocess.Popen([HOSHITORI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for(self, process, judged):
        for line in process.stderr:
            if line.startswith(f"[{judged}/"):
                return
        self.fail("the run ended early")

    def resume(self, out):
        self.command("run", "--resume", f"{out}.partial", "--yes", "--progress", "plain", code=2)
        shown = self.command("show", str(out), "--signer", f"{self.key}.pub", "--json", code=0)
        self.assertFalse(pathlib.Path(f"{out}.partial").exists())
        return json.loads(shown.stdout)

    def test_ctrl_c_keeps_the_log_and_resume_goes_on(self):
        stub = self.stub()
        out = self.folder / "device.hoshi"
        process = self.start(stub.profile, out)
        self.wait_for(process, 2)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertIn("--resume", words)
        self.assertFalse(out.exists())
        result = self.resume(out)
        self.assertEqual(with_verdict(result, "fail") + with_verdict(result, "error"), [])

    def test_kill_9_loses_nothing_that_was_observed(self):
        stub = self.stub()
        out = self.folder / "device.hoshi"
        process = self.start(stub.profile, out)
        self.wait_for(process, 3)
        process.kill()
        process.communicate(timeout=30)
        log = pathlib.Path(f"{out}.partial/events.jsonl").read_text(encoding="utf-8")
        judged = [json.loads(line)["check"] for line in log.splitlines() if json.loads(line)["kind"] == "verdict"]
        self.assertGreaterEqual(len(judged), 3)
        result = self.resume(out)
        for name in judged[:3]:
            self.assertEqual(checks(result)[name]["attempt"], 1, "what was judged is not asked again")

    def test_a_kill_while_guessing_leaves_no_account_locked(self):
        """What the guesses locked opens again when the declared lock is over, at any moment of the attack."""
        stub = self.stub()  # locks after ten, for 1, 2, 4 ... seconds
        right = ["probe", "login", "--profile", stub.profile, "--auth", "admin-login", "--param", "candidates=declared",
                 "--json"]
        for seconds in (0.6, 1.7, 3.4):
            out = self.folder / f"killed-{seconds}.hoshi"
            process = subprocess.Popen([HOSHITORI, *self.run_words(stub.profile, out, "--only", "S1.1-04")],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            process.kill()
            process.wait(timeout=30)
            deadline = time.monotonic() + 12
            while time.monotonic() < deadline:
                facts = json.loads(self.command(*right, code=0).stdout)["facts"]
                if facts["accepted_count"] == 2:
                    break
                time.sleep(0.2)
            self.assertEqual(facts["accepted_count"], 2, f"both roles log in after {seconds} s: {facts}")

    def test_resume_counts_the_wrong_log_ins_of_before(self):
        stub = self.stub("--lockout", "10:5")
        out = self.folder / "device.hoshi"
        words = ["json" if word == "plain" else word for word in self.run_words(stub.profile, out, "--only", "S1.1-04")]
        process = subprocess.Popen([HOSHITORI, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if '"waiting_s"' in line:
                break
        process.kill()
        process.communicate(timeout=30)
        before = self.attempts(pathlib.Path(f"{out}.partial/events.jsonl").read_text(encoding="utf-8"))
        self.assertGreaterEqual(before, 10)
        result = self.resume(out)
        with zipfile.ZipFile(out) as archive:
            after = self.attempts(archive.read("log/events.jsonl").decode())
        self.assertGreater(after, before)
        self.assertLessEqual(after, 30, "the suite's number, both sessions together")
        check = checks(result)["S1.1-04/guessing-rate@admin-login"]
        self.assertEqual((check["verdict"], check["attempt"]), ("inconc", 2))
        self.assertRegex(check["reason"]["en"], r"attempts \(30\) had \d+ wrong log-ins left where 30")

    def test_resume_counts_what_nobody_had_heard(self):
        stub = self.stub()
        out = self.folder / "device.hoshi"
        log = pathlib.Path(f"{out}.partial/events.jsonl")
        process = subprocess.Popen([HOSHITORI, *self.run_words(stub.profile, out, "--only", "S1.1-02/common-credentials")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not (log.exists() and "login-attempts" in log.read_text(encoding="utf-8")):
            time.sleep(0.002)
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        process.kill()
        process.communicate(timeout=30)
        self.resume(out)
        with zipfile.ZipFile(out) as archive:
            events = [json.loads(line) for line in archive.read("log/events.jsonl").decode().splitlines()]
        resumed = [event["kind"] for event in events].index("run-resumed")
        unheard = [event["data"]["count"] for event in events[resumed:]
                   if event["kind"] == "login-attempts" and event["data"]["attempt"] == 1]
        self.assertGreaterEqual(sum(unheard), 1, "while the run stood still, its child went on")

    def attempts(self, log):
        events = [json.loads(line) for line in log.splitlines()]
        return sum(event["data"]["count"] for event in events
                   if event["kind"] == "login-attempts" and event["check"].startswith("S1.1-04/guessing-rate"))

    def test_a_changed_profile_is_another_run(self):
        stub = self.stub()
        out = self.folder / "device.hoshi"
        process = self.start(stub.profile, out)
        self.wait_for(process, 1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        profile = pathlib.Path(stub.profile)
        profile.write_text(profile.read_text(encoding="utf-8") + "\n# another word\n", encoding="utf-8")
        done = self.command("run", "--resume", f"{out}.partial", "--yes", code=65)
        self.assertIn("changed", done.stderr)

    def test_no_child_outlives_a_killed_run(self):
        stub = self.stub()
        process = self.start(stub.profile, self.folder / "device.hoshi")
        self.wait_for(process, 1)
        group = []
        for _ in range(100):
            group = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
            if group:
                break
            time.sleep(0.02)
        self.assertTrue(group)
        process.kill()
        process.communicate(timeout=30)
        time.sleep(0.5)
        for child in group:
            status = pathlib.Path(f"/proc/{child}/status")
            state = status.read_text() if status.exists() else "State:\tZ"
            self.assertIn("State:\tZ", state, "a probe outlived its run")


if __name__ == "__main__":
    unittest.main()
