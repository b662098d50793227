"""Runs that were opened before are counted, also those that nobody sealed."""
import hashlib
import json
import pathlib
import subprocess
import time

from support import Bench, HOSHITORI
from test_killed import QUICK, events_of, run_statement


class History(Bench):
    def setUp(self):
        super().setUp()
        self.record = self.folder / "lab" / "runs.jsonl"

    def words(self, profile, name):
        return [*self.run_words(profile, self.folder / name, *QUICK), "--history", str(self.record)]

    def test_a_run_that_was_thrown_away_shows(self):
        device = self.stub()
        self.command(*self.words(device.profile, "first.hoshi"), code=2)
        first = run_statement(self.folder / "first.hoshi")["previousRuns"]
        self.assertEqual(first, {"count": 0, "unsealed": 0})
        process = subprocess.Popen([HOSHITORI, *self.words(device.profile, "second.hoshi")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        partial = self.folder / "second.hoshi.partial"
        until = time.monotonic() + 20
        while not partial.exists() and time.monotonic() < until:
            time.sleep(0.002)
        process.kill()
        process.wait()
        before = hashlib.sha256(self.record.read_bytes().splitlines()[-1]).hexdigest()
        self.command(*self.words(device.profile, "third.hoshi"), code=2)
        third = run_statement(self.folder / "third.hoshi")["previousRuns"]
        self.assertEqual(third, {"count": 2, "unsealed": 1, "head": before})

        self.command("run", "--resume", str(partial), "--yes", "--progress", "none", code=2)
        second = run_statement(self.folder / "second.hoshi")["previousRuns"]
        self.assertEqual(second["count"], 1, "as it was when it was opened")
        events = events_of(self.record)
        self.assertEqual([event["kind"] for event in events],
                         ["history", "opened", "sealed", "opened", "opened", "sealed", "resumed", "sealed"])
        bundle = (self.folder / "second.hoshi").read_bytes()
        self.assertEqual(events[-1]["data"]["sha256"], hashlib.sha256(bundle).hexdigest())
        self.assertEqual(events[1]["data"]["model"], "HC-100")

        verified = self.command("verify", str(self.folder / "third.hoshi"), "--signer", f"{self.key}.pub", code=0)
        self.assertIn("never sealed 1", " ".join(verified.stdout.split()))
        report = json.loads(self.command("verify", str(self.folder / "third.hoshi"), "--json", code=2).stdout)
        self.assertEqual(report["claimed_runs"], {"previous": 2, "previous_unsealed": 1, "interruptions": 0})

    def test_it_holds_no_secret_and_no_address(self):
        device = self.stub()
        self.command(*self.words(device.profile, "first.hoshi"), code=2)
        text = self.record.read_text(encoding="utf-8")
        self.assertNotIn("127.0.0.1", text)
        for secret in pathlib.Path(device.profile).parent.glob("**/*"):
            if secret.is_file() and secret.stat().st_mode & 0o777 == 0o600 and secret.stat().st_size < 200:
                word = secret.read_text(encoding="utf-8", errors="replace").strip()
                if len(word) >= 6:
                    self.assertNotIn(word, text, secret.name)

    def test_without_a_record_nothing_is_asked(self):
        device = self.stub()
        self.record.parent.mkdir()
        self.record.write_text("no log\n", encoding="utf-8")
        done = self.command(*self.words(device.profile, "first.hoshi"), code=65)
        self.assertIn("Move it away", done.stderr)
        self.record.unlink()
        self.record.mkdir()
        self.command(*self.words(device.profile, "first.hoshi"), code=70)
        self.assertEqual(sorted(path.name for path in self.folder.glob("first*")), [])
