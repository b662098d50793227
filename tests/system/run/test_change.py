"""A password is changed and changed back, whatever becomes of the run in between."""
import collections
import ctypes
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
import zipfile

from support import Bench, HOSHITORI, checks

KILLS = 48
LANES = 4
SECONDS_TO_RECOVER = 10
CHANGE = "S1.1-03/change-takes-effect@admin-login"
PR_SET_CHILD_SUBREAPER = 36


class Relay:
    """Passes TCP on to a port, and calls what(number) for each piece that goes to the device: before it is passed on,
    and again after. Pieces are counted from 1."""

    def __init__(self, port, before=None, after=None):
        self.device_port, self.before, self.after = port, before, after
        self.pieces = 0
        self.blocked = False
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            if self.blocked:
                peer.close()
                continue
            try:
                device = socket.create_connection(("127.0.0.1", self.device_port))
            except OSError:
                peer.close()
                continue
            threading.Thread(target=self.converse, args=(peer, device), daemon=True).start()

    def converse(self, peer, device):
        with peer, device:
            answers = threading.Thread(target=self.pass_on, args=(device, peer, False), daemon=True)
            answers.start()
            self.pass_on(peer, device, True)
            answers.join()

    def pass_on(self, source, target, counted):
        try:
            while piece := source.recv(65536):
                number = 0
                if counted:
                    with self.lock:
                        self.pieces += 1
                        number = self.pieces
                    if self.before:
                        self.before(number)
                if self.blocked:
                    break
                target.sendall(piece)
                if counted and self.after:
                    self.after(number)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def temporary_password(declared, seed, check):
    """What docs/decisions/0024 says, computed by somebody else: HMAC over text, seed, check and a counter, octet by octet."""
    upper, lower, digits, symbols = "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "-_!"
    message = b"hoshitori change" + seed.to_bytes(8, "big") + check.encode()

    def octets():
        for counter in range(256):
            yield from hmac.new(declared.encode(), message + bytes([counter]), hashlib.sha256).digest()

    source, text = octets(), ""
    for place in range(20):
        letters = {0: upper, 1: lower, 2: digits, 5: symbols}.get(place, upper + lower + digits)
        octet = next(octet for octet in source if octet < 256 - 256 % len(letters))
        text += letters[octet % len(letters)]
    return text


def children_of(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def is_gone(pid):
    try:
        return "\nState:\tZ" in "\n" + pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


class ChangeBench(Bench):
    def device(self, *options, before=None, after=None):
        """A stub, a relay in front of its administration page, and a profile that goes through it."""
        stub = self.stub(*options)
        relay = Relay(stub.ports["admin"], before, after)
        self.addCleanup(relay.close)
        text = pathlib.Path(stub.profile).read_text(encoding="utf-8")
        self.assertIn(f"port: {relay.device_port}\n", text)
        profile = self.profile_with(stub.profile, (f"port: {relay.device_port}\n", f"port: {relay.port}\n"))
        return stub, relay, profile

    def password(self, stub):
        return (pathlib.Path(stub.profile).parent / "secrets/admin.password").read_text().strip()

    def logs_in(self, stub, password):
        connection = http.client.HTTPSConnection("127.0.0.1", stub.ports["admin"], timeout=5,
                                                 context=ssl._create_unverified_context())
        try:
            connection.request("POST", "/api/login", json.dumps({"user": "admin", "password": password}))
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def start(self, profile, out, only="S1.1-03"):
        words = [HOSHITORI, *self.run_words(profile, out, "--only", only)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def temporary(self, stub, events):
        return temporary_password(self.password(stub), events[0]["data"]["seed"], CHANGE)

    def log(self, out):
        lines = pathlib.Path(f"{out}.partial/events.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


class ChangeSound(ChangeBench):
    def test_changed_and_changed_back(self):
        stub, relay, profile = self.device()
        done, result = self.run_device(profile, "--only", "S1.1-03", code=2)
        check = checks(result)[CHANGE]
        self.assertEqual(check["verdict"], "pass", done.stderr)
        for fact in ("old_accepted_before", "new_refused_before", "old_refused", "new_accepted", "other_session_ended",
                     "old_accepted_after", "new_refused_after"):
            self.assertIs(check["facts"][fact], True, fact)
        self.assertTrue(self.logs_in(stub, self.password(stub)))
        self.assertGreater(relay.pieces, 20)
        with zipfile.ZipFile(self.folder / "device.hoshi") as bundle:
            files = {name: bundle.read(name) for name in bundle.namelist()}
        log = next(text for name, text in files.items() if name.endswith("events.jsonl"))
        temporary = self.temporary(stub, [json.loads(line) for line in log.splitlines()])
        for name, content in files.items():
            for secret in (temporary, self.password(stub)):
                self.assertNotIn(secret.encode(), content, name)

    def test_forbidden_is_not_tried(self):
        stub = self.stub()
        profile = self.profile_with(stub.profile, ("documented: manual}", "documented: manual, forbidden: true}"))
        _, result = self.run_device(profile, "--only", "S1.1-03", code=2)
        self.assertNotIn(CHANGE, checks(result))
        verdicts = {clause["id"]: clause["verdict"] for clause in result["clauses"]}
        self.assertEqual(verdicts["S1.1-03"], "not_tested")

    def test_a_tight_lock_out_is_not_tried(self):
        _, result = self.run_device(self.stub("--lockout", "2:1").profile, "--only", "S1.1-03", code=2)
        check = checks(result)[CHANGE]
        self.assertEqual(check["verdict"], "inconc")
        self.assertIn("lock-out", check["facts"]["not_tried"])

    def test_the_next_tightest_is_tried_without_a_lock(self):
        stub = self.stub("--lockout", "3:60")
        _, result = self.run_device(stub.profile, "--only", "S1.1-03", "--only", "S1.1-01/change-without-login", code=2)
        for name in (CHANGE, "S1.1-01/change-without-login@admin-login"):
            self.assertEqual(checks(result)[name]["verdict"], "pass", checks(result)[name]["reason"])
        self.assertTrue(self.logs_in(stub, self.password(stub)), "not locked either")


class ChangeKilled(ChangeBench):
    """SIGKILL to the run, to its whole group, SIGINT: at pieces of the conversation and at random moments."""

    def setUp(self):
        super().setUp()
        self.assertEqual(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0)
        self.problems = []
        self.ended = collections.Counter()
        self.slowest = 0.0

    def stop(self, process, how):
        """Everything that the run had started at that moment."""
        os.kill(process.pid, signal.SIGSTOP)
        family = children_of(process.pid)
        if how == "group":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            os.kill(process.pid, signal.SIGKILL if how == "kill" else signal.SIGINT)
            os.kill(process.pid, signal.SIGCONT)
        return family

    def one(self, stub, relay, profile, number, how, moment, only):
        """moment: ("before" or "after", piece), or ("time", seconds)."""
        out = self.folder / f"{number}.hoshi"
        family, stopped = [], threading.Event()
        process = None
        ready = threading.Event()

        def at(when):
            def strike(piece):
                if (when, piece) == moment and ready.wait(5) and not stopped.is_set():
                    family.extend(self.stop(process, how))
                    stopped.set()
                    time.sleep(0.05)  # what is passed on now reaches the device after the end of who sent it
            return strike

        relay.pieces, relay.before, relay.after = 0, at("before"), at("after")
        process = self.start(profile, out, only)
        ready.set()
        if moment[0] == "time":
            time.sleep(moment[1])
            if process.poll() is None:
                family.extend(self.stop(process, how))
                stopped.set()
        _, words = process.communicate(timeout=60)
        began = time.monotonic()
        self.ended["not reached" if not stopped.is_set() else how] += 1
        if not wait_for(lambda: all(is_gone(pid) for pid in family), SECONDS_TO_RECOVER):
            self.problems.append(f"{number} {how} {moment}: a process is left: {words}")
        if not self.logs_in(stub, self.password(stub)):
            self.problems.append(f"{number} {how} {moment}: the declared password does not log in: {words}")
        self.slowest = max(self.slowest, time.monotonic() - began)

    def pieces_of_a_run(self, only, *options):
        _, relay, profile = self.device(*options)
        process = self.start(profile, self.folder / "whole.hoshi", only)
        process.communicate(timeout=60)
        self.assertIn(process.returncode, (1, 2))
        return relay.pieces

    def kill_at(self, moments, only, *options):
        jobs = [(i, ("kill", "group", "interrupt")[i % 3 if i % 2 else (i + 1) % 3], moment, only)
                for i, moment in enumerate(moments)]

        def lane(mine):
            try:
                device = self.device(*options)
                for job in mine:
                    self.one(*device, *job)
            except Exception as error:  # a thread's failure is the test's
                self.problems.append(repr(error))

        lanes = [threading.Thread(target=lane, args=(jobs[i::LANES],)) for i in range(LANES)]
        for thread in lanes:
            thread.start()
        for thread in lanes:
            thread.join()
        self.assertEqual(self.problems, [])
        print(f"\n{dict(self.ended)}, slowest recovery {self.slowest:.1f} s")

    def test_the_declared_password_works_after_every_kind_of_end(self):
        pieces = self.pieces_of_a_run("S1.1-03")
        chance = random.Random(20261121)
        moments = [("before" if i % 2 else "after", 1 + i * pieces // (KILLS - 12)) for i in range(KILLS - 12)]
        moments += [("time", chance.uniform(0.02, 0.6)) for _ in range(12)]
        self.kill_at(moments, "S1.1-03")
        self.assertGreaterEqual(KILLS - self.ended["not reached"], 40, self.ended)
        for how in ("kill", "group", "interrupt"):
            self.assertGreaterEqual(self.ended[how], 10, self.ended)

    def test_a_change_that_should_have_been_refused_is_undone(self):
        only, options = "S1.1-01/change-without-login", ("--defect", "change-without-login")
        pieces = self.pieces_of_a_run(only, *options)
        self.kill_at([("after", 1 + i * pieces // 16) for i in range(16)], only, *options)
        self.assertGreaterEqual(16 - self.ended["not reached"], 14, self.ended)


class ChangeKeeperKilled(ChangeBench):
    """Not even the process that brings the device back is left."""

    def killed_while_changed(self):
        """A run of which everything was killed while the temporary password was in force."""
        found = threading.Event()
        state = {}

        def strike(_):
            if not found.is_set() and "process" in state and not self.logs_in(state["stub"], state["password"]):
                found.set()
                process = state["process"]
                os.kill(process.pid, signal.SIGSTOP)
                for pid in children_of(process.pid):
                    os.kill(pid, signal.SIGKILL)
                process.kill()

        stub, _, profile = self.device(after=strike)
        out = self.folder / "device.hoshi"
        state.update(stub=stub, password=self.password(stub))
        state["process"] = self.start(profile, out)
        state["process"].communicate(timeout=60)
        self.assertTrue(found.is_set(), "the password was never another one")
        time.sleep(2.5)
        self.assertFalse(self.logs_in(stub, state["password"]), "somebody brought it back all the same")
        temporary = self.temporary(stub, self.log(out))
        self.assertTrue(self.logs_in(stub, temporary), "profile and log tell the temporary one")
        for path in pathlib.Path(f"{out}.partial").rglob("*"):
            if path.is_file():
                self.assertNotIn(temporary.encode(), path.read_bytes(), path)
        return stub, profile, out

    def test_restore_brings_it_back(self):
        stub, profile, out = self.killed_while_changed()
        done = self.command("restore", "--profile", str(profile), f"{out}.partial", code=0)
        self.assertIn("as it was before", done.stdout)
        self.assertTrue(self.logs_in(stub, self.password(stub)))
        self.assertEqual([event["data"]["restored"] for event in self.log(out) if event["kind"] == "restore"], [True])
        self.command("restore", f"{out}.partial", code=0)
        self.assertTrue(self.logs_in(stub, self.password(stub)), "twice is no harm")

    def test_resume_brings_it_back_before_anything_else(self):
        stub, _, out = self.killed_while_changed()
        self.command("run", "--resume", f"{out}.partial", "--yes", "--progress", "plain", code=2)
        self.assertTrue(self.logs_in(stub, self.password(stub)))
        shown = json.loads(self.command("show", str(out), "--signer", f"{self.key}.pub", "--json", code=0).stdout)
        check = checks(shown)[CHANGE]
        self.assertEqual((check["verdict"], check["attempt"]), ("pass", 2))

    def test_nothing_to_bring_back(self):
        stub, _, profile = self.device()
        out = self.folder / "device.hoshi"
        words = [HOSHITORI, *self.run_words(profile, out, "--jobs", "1")]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if line.startswith("[1/"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        done = self.command("restore", f"{out}.partial", code=0)
        self.assertIn("nothing to bring back", done.stdout)


class ChangeNotBroughtBack(ChangeBench):
    """The device goes away while its password is changed."""

    def test_the_check_is_an_error_and_the_operator_is_told(self):
        state = {}

        def cut(_):
            if "stub" in state and not relay.blocked and not self.logs_in(state["stub"], state["password"]):
                relay.blocked = True

        stub, relay, profile = self.device(after=cut)
        state.update(password=self.password(stub))
        state.update(stub=stub)
        out = self.folder / "device.hoshi"
        done, result = self.run_device(profile, "--only", "S1.1-03", code=2)
        self.assertTrue(relay.blocked)
        check = checks(result)[CHANGE]
        self.assertEqual(check["verdict"], "error", check)
        self.assertIn("hoshitori restore", check["reason"]["en"])
        told = re.search(r"ATTENTION.*hoshitori restore --profile (\S+) (\S+)", done.stderr)
        self.assertIsNotNone(told, done.stderr)
        self.assertFalse(self.logs_in(stub, state["password"]))
        self.command("restore", "--profile", told[1], told[2], code=69)
        relay.blocked = False
        del state["stub"]
        self.command("restore", "--profile", told[1], told[2], code=0)
        self.assertTrue(self.logs_in(stub, state["password"]))
        self.assertTrue(out.exists())


if __name__ == "__main__":
    unittest.main()
