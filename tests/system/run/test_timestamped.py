"""A run between two timestamps, and one whose authority does not answer."""
import http.server
import json
import pathlib
import sys
import threading

from support import Bench, SOURCE
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

    def test_the_run_lies_between_two_timestamps(self):
        authority = Authority(self.folder / "tsa", False)
        authority.issue("now", "20200101000000Z", "20980101000000Z")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.reply = lambda path, query: (200, "application/timestamp-reply", authority.answer("now", query))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        bundle = self.stamped(f"http://127.0.0.1:{server.server_address[1]}/", "stamped.hoshi", False)
        found = self.checks(bundle, "--trust", str(store(self.folder, f"{self.key}.pub", [authority])))
        for code in ("timestamp", "run.opening", "policy.timestamp", "log", "signature"):
            self.assertEqual(found[code], "ok", code)
        self.command("verify", str(bundle), "--signer", f"{self.key}.pub", code=0)

    def test_without_an_answer_the_run_goes_on_and_says_so(self):
        bundle = self.stamped("http://127.0.0.1:1/", "plain.hoshi", True)
        found = self.checks(bundle, "--signer", f"{self.key}.pub")
        self.assertEqual((found["timestamp"], found["run.opening"], found["signature"]), ("skipped", "skipped", "ok"))
