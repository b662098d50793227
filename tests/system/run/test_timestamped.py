"""A run between two timestamps, and one whose authority does not answer."""
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time
import zipfile

from support import Bench, HOSHITORI, SOURCE
from test_killed import QUICK

sys.path.insert(0, str(pathlib.Path(SOURCE) / "tests/system/evidence"))
from timestamp import Authority, Handler, store


class Timestamped(Bench):
    def stamped(self, url, name, says):
        device = self.stub()
        done = self.command(*self.run_words(device.profile, self.folder / name, *QUICK), "--tsa", url, code=2)
        self.assertEqual("without a timestamp" in done.stderr, says, done.stderr)
        return self.folder / name

    def checks(self, bundle, *trust):
        report = json.loads(self.command("verify", str(bundle), *trust, "--json").stdout)
        return {check["code"]: check["outcome"] for check in report["checks"]}

    def authority(self):
        """One that answers, and its address."""
        authority = Authority(self.folder / "tsa", False)
        authority.issue("now", "20200101000000Z", "20980101000000Z")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.reply = lambda path, query: (200, "application/timestamp-reply", authority.answer("now", query))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return authority, f"http://127.0.0.1:{server.server_address[1]}/"

    def lies_between(self, bundle, authority):
        found = self.checks(bundle, "--trust", str(store(self.folder, f"{self.key}.pub", [authority])))
        for code in ("timestamp", "run.opening", "policy.timestamp", "log", "signature"):
            self.assertEqual(found[code], "ok", code)
        self.command("verify", str(bundle), "--signer", f"{self.key}.pub", code=0)

    def test_the_run_lies_between_two_timestamps(self):
        authority, url = self.authority()
        self.lies_between(self.stamped(url, "stamped.hoshi", False), authority)

    def test_a_resumed_run_keeps_the_one_that_it_began_with(self):
        authority, url = self.authority()
        device = self.stub()
        bundle = self.folder / "resumed.hoshi"
        partial = self.folder / "resumed.hoshi.partial"
        log = partial / "events.jsonl"
        words = [*self.run_words(device.profile, bundle, *QUICK), "--tsa", url]
        process = subprocess.Popen([HOSHITORI, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until and not (log.exists() and b'"host"' in log.read_bytes()):
            time.sleep(0.0005)
        process.kill()
        process.wait(30)
        self.assertTrue(partial.exists() and not bundle.exists(), "it was killed too late")
        opening = log.read_bytes().split(b"\n")[0]
        self.assertIn(b'"anchor"', opening)
        self.command("run", "--resume", str(partial), "--yes", "--progress", "none", code=2)
        with zipfile.ZipFile(bundle) as archive:
            events = archive.read("log/events.jsonl")
        self.assertEqual(events.split(b"\n")[0], opening)
        self.assertIn(b'"kind":"run-resumed"', events)
        self.lies_between(bundle, authority)

    def test_without_an_answer_the_run_goes_on_and_says_so(self):
        bundle = self.stamped("http://127.0.0.1:1/", "plain.hoshi", True)
        found = self.checks(bundle, "--signer", f"{self.key}.pub")
        self.assertEqual((found["timestamp"], found["run.opening"], found["signature"]), ("skipped", "skipped", "ok"))
