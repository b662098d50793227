"""Documents: found, quoted, kept; and what becomes of those that cannot be had."""
import functools
import http.server
import json
import pathlib
import shutil
import threading
import unittest
import zipfile

from support import SOURCE, Bench, VERIFY, checks, with_verdict
from test_device import MEANT

CLAUSES = ("S1.1-05", "S1.1-07", "S1.1-09", "S1.1-10", "S1.1-16")
DOCUMENT_CHECKS = tuple(f"S1.1-{number}/document" for number in ("01", "02", "03", "11", "12"))
FIXTURES = SOURCE / "harness" / "probes" / "document" / "fixtures"


def only(*names):
    return [word for name in names for word in ("--only", name)]


class Papers(Bench):
    def test_the_sound_camera_s_papers_say_all_that_is_asked(self):
        stub = self.stub()
        done, result = self.run_device(stub.profile, *only(*CLAUSES, *DOCUMENT_CHECKS), code=2)
        for verdict in ("fail", "error", "inconc", "review"):
            self.assertEqual(with_verdict(result, verdict), [], done.stderr)
        verdicts = {clause["id"]: clause["verdict"] for clause in result["clauses"]}
        self.assertEqual([verdicts[clause] for clause in CLAUSES], ["pass"] * len(CLAUSES))
        facts = checks(result)["S1.1-16/information@127.0.0.1"]["facts"]
        self.assertEqual(facts["support_end"], "2029-12-31")
        self.every_document_is_in_the_bundle(pathlib.Path(stub.profile).parent)
        self.command(str(self.folder / "device.hoshi"), "--signer", f"{self.key}.pub", code=0, program=VERIFY)

    def every_document_is_in_the_bundle(self, state):
        with zipfile.ZipFile(self.folder / "device.hoshi") as archive:
            manifest = json.loads(archive.read("META-INF/manifest.json"))
            entries = {entry["path"]: entry for entry in manifest["entries"] if entry["class"] == "document"}
            log = [json.loads(line) for line in archive.read("log/events.jsonl").splitlines()]
            self.assertEqual(archive.read("docs/manual.md"), (state / "docs" / "manual.ja.md").read_bytes())
        said = {event["data"]["path"]: event["data"] for event in log if event["kind"] == "document"}
        self.assertEqual(set(said), set(entries))
        self.assertEqual(entries["docs/manual.md"]["disclosure"], "withholdable")
        self.assertEqual(entries["docs/disclosure-policy.md"]["disclosure"], "required")
        self.assertEqual((said["docs/disclosure-policy.md"]["from"], said["docs/disclosure-policy.md"]["https"]), ("url", True))
        for path, entry in entries.items():
            self.assertEqual(said[path]["sha256"], entry["sha256"])

    def answers(self, to):
        """A reviewer's answers, by check."""
        path = self.folder / "answers.yaml"
        lines = [f"  - {{to: {check}, answer: {answer}, at: 2026-11-20, why: looked at the paper}}\n" for check, answer in to.items()]
        path.write_text("hoshitori: answers/1\nby: A. Reviewer\nanswers:\n" + "".join(lines), encoding="utf-8")
        return ("--answers", str(path))

    def found(self, *defects, code):
        """Defects of different clauses at once, as each has a check of its own."""
        words = [word for defect in defects for word in ("--defect", defect)]
        done, result = self.run_device(self.stub(*words).profile, *only(*CLAUSES), code=code)
        turned = {name.split("@")[0] for verdict in ("fail", "review", "error", "inconc") for name in with_verdict(result, verdict)}
        self.assertEqual(turned, {MEANT[defect] for defect in defects}, done.stderr)
        return result

    def test_what_a_paper_does_not_say_is_for_a_person_to_look_at(self):
        result = self.found("policy-without-acknowledgement", "manual-without-update", "update-policy-without-priority",
                            "ui-without-model", "support-end-missing", code=2)
        self.assertEqual(with_verdict(result, "fail"), [])
        self.assertEqual(checks(result)["S1.1-05/policy-elements@127.0.0.1"]["facts"]["missing"], ["acknowledgement"])

    def test_a_reviewer_decides_what_no_program_can(self):
        answers = self.answers({MEANT["ui-without-model"]: "none", MEANT["manual-without-update"]: "no",
                                   MEANT["policy-without-contact"]: "yes"})
        words = [word for defect in ("ui-without-model", "manual-without-update", "policy-without-contact")
                 for word in ("--defect", defect)]
        _, result = self.run_device(self.stub(*words).profile, *only(*CLAUSES), *answers, code=1)
        self.assertEqual({name.split("@")[0] for name in with_verdict(result, "fail")},
                         {MEANT["ui-without-model"], MEANT["manual-without-update"]})
        self.assertEqual(with_verdict(result, "review"), [])
        facts = checks(result)[MEANT["policy-without-contact"] + "@127.0.0.1"]["facts"]
        self.assertEqual((facts["confirmed"], facts["reviewer"], facts["reviewed_at"], facts["missing"]),
                         (True, "A. Reviewer", "2026-11-20", ["contact"]))

    def test_a_statement_under_the_uk_s_regime_stands_for_what_it_covers(self):
        stub = self.stub("--defect", "policy-without-contact", "--defect", "support-end-missing")
        statement = f'  - {{id: statement, clause: [S1.1-02, S1.1-05, S1.1-16], kind: psti-statement, file: "{FIXTURES / "statement.txt"}"}}\n'
        profile = self.profile_with(stub.profile, ("documents:\n", "documents:\n" + statement))
        done, result = self.run_device(profile, *only("S1.1-05", "S1.1-16", "S1.1-02/document"), code=2)
        for verdict in ("fail", "error", "inconc", "review"):
            self.assertEqual(with_verdict(result, verdict), [], done.stderr)
        facts = checks(result)["S1.1-05/policy-elements@127.0.0.1"]["facts"]
        self.assertEqual((facts["missing"], facts["statement"]), (["contact"], True))

    def test_other_things_that_papers_do_not_say(self):
        self.found("policy-without-contact", "manual-without-version", "update-policy-without-times", "ui-other-model",
                   "manual-without-disposal", code=2)

    def test_what_is_said_and_wrong_fails(self):
        result = self.found("policy-unpublished", "support-end-past", code=1)
        self.assertEqual(len(with_verdict(result, "fail")), 2)


class Site(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/again/"):
            left = int(self.path[7:])
            self.send_response(302)
            self.send_header("Location", f"/again/{left - 1}" if left > 0 else "/policy.ja.pdf")
            self.end_headers()
        elif self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "ftp://127.0.0.1/policy")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *words):
        pass


class Collected(Bench):
    """One document, from wherever the profile says, by hand."""

    def setUp(self):
        super().setUp()
        handler = functools.partial(Site, directory=str(FIXTURES))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.device = self.stub()

    def facts(self, where):
        """What is seen of one document of S1.1-05; its place is a path here, another URL, or a file."""
        if isinstance(where, str) and where.startswith("/"):
            where = f"http://127.0.0.1:{self.server.server_port}{where}"
        key = "file" if isinstance(where, pathlib.Path) else "url"
        profile = pathlib.Path(self.device.profile)
        text = profile.read_text(encoding="utf-8").splitlines(keepends=True)
        line = f'  - {{id: paper, clause: S1.1-05, kind: disclosure-policy, {key}: "{where}"}}\n'
        copy = profile.with_name("one-paper.yaml")
        copy.write_text("".join(line if "{id: disclosure-policy" in old else old for old in text), encoding="utf-8")
        done = self.command("probe", "document", "--profile", str(copy), "--document", "paper", "--json",
                            "--param", "elements=acknowledgement: (受領|受け取) && <days>", code=0)
        return json.loads(done.stdout)["facts"]

    def test_a_published_pdf_is_read(self):
        facts = self.facts("/policy.ja.pdf")
        self.assertEqual((facts["reached"], facts["published"], facts["https"]), (True, True, False))
        self.assertEqual((facts["documents"][0]["format"], facts["acknowledgement_days"]), ("pdf", 7))

    def test_redirects_are_followed_so_far(self):
        self.assertEqual(self.facts("/again/3")["documents"][0]["url"].rsplit("/", 1)[1], "policy.ja.pdf")
        facts = self.facts("/again/9")
        self.assertFalse(facts["published"])
        self.assertIn("led-astray", facts["unreadable"][0])
        self.assertIn("led-astray", self.facts("/elsewhere")["unreadable"][0])

    def test_a_page_that_is_not_there_is_not_published(self):
        facts = self.facts("/nothing")
        self.assertEqual((facts["reached"], facts["published"], facts["readable"]), (True, False, 0))
        self.assertIn("404", facts["unreadable"][0])

    def test_a_server_that_is_not_there_says_nothing_of_the_document(self):
        facts = self.facts("http://127.0.0.1:9/policy")
        self.assertFalse(facts["reached"])
        self.assertNotIn("published", facts)

    def test_a_certificate_of_nobody_known_is_refused(self):
        admin = next(one["port"] for one in self.device.ready["services"] if one["name"] == "admin")
        facts = self.facts(f"https://127.0.0.1:{admin}/disclosure-policy")
        self.assertEqual((facts["reached"], facts["published"]), (True, False))
        self.assertIn("tls-failed", facts["unreadable"][0])

    def test_a_file_s_encoding_does_not_matter(self):
        copy = self.folder / "policy.txt"
        shutil.copy(FIXTURES / "policy.sjis.txt", copy)
        facts = self.facts(copy)
        self.assertEqual((facts["acknowledgement_days"], facts["documents"][0]["from"]), (7, "file"))
        self.assertNotIn("reached", facts)


if __name__ == "__main__":
    unittest.main()
