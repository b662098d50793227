"""The provisional levels: what they ask of each product, and that each clause can be turned by something wrong."""
import csv
import json
import pathlib
import re
import unittest

from support import SOURCE, VERIFY, Bench, with_verdict

TYPES = ("communication-equipment", "network-camera", "smart-home")
LEAST = {1: 16, 2: 30, 3: 45, 4: 55}
# testsuites/jc-star/turns.tsv says of each provisional clause which defect, or which missing document, turns it.
TURNS = list(csv.DictReader((SOURCE / "testsuites/jc-star/turns.tsv").open(encoding="utf-8"), delimiter="\t"))
# The stub answers at once; what patience a real device needs is not the question here.
QUICK = """hoshitori: params/1
parameters:
  malformed_patience_ms: {value: 600, basis: project}
  malformed_recovery_ms: {value: 200, basis: project}
  level2_malformed_messages: {value: 12, basis: project}
  level3_malformed_messages: {value: 12, basis: project}
  level4_malformed_messages: {value: 12, basis: project}
"""


def turned_by(how):
    return [row for row in TURNS if row["how"] == how]


class Provisional(Bench):
    def setUp(self):
        super().setUp()
        self.params = self.folder / "quick.yaml"
        self.params.write_text(QUICK, encoding="utf-8")
        self.answers = SOURCE / "profiles/reference-camera/answers-level4.yaml"

    def clauses(self, level, product="network-camera"):
        listed = self.command("list", "clauses", "--level", str(level), "--product-type", product, "--json", code=0)
        return json.loads(listed.stdout)

    def ask(self, profile, clauses, code):
        only = [word for clause in sorted(set(clauses)) for word in ("--only", clause)]
        return self.run_device(profile, "--level", "4", "--params", str(self.params), "--answers", str(self.answers), *only,
                               code=code)

    def verdicts(self, result, clauses):
        return {clause["id"]: clause["verdict"] for clause in result["clauses"] if clause["id"] in clauses}


class Lists(Provisional):
    def test_each_level_contains_the_one_below(self):
        for product in TYPES:
            below = []
            for level, least in LEAST.items():
                asked = [clause["id"] for clause in self.clauses(level, product)]
                self.assertEqual(asked[:len(below)], below)
                self.assertGreaterEqual(len(asked), least, (product, level))
                self.assertEqual(len(asked), len(set(asked)))
                below = asked

    def test_each_provisional_clause_is_asked_and_turned(self):
        every = {clause["id"]: clause for product in TYPES for clause in self.clauses(4, product)}
        self.assertEqual({name for name in every if name.startswith("P")}, {row["clause"] for row in TURNS})
        for name, clause in every.items():
            if not name.startswith("P"):
                self.assertFalse(clause["provisional"])
                continue
            self.assertRegex(name, r"^P[234]-\d\d$")
            self.assertTrue(clause["provisional"])
            self.assertEqual((clause["basis"], clause["level"]), ("project", int(name[1])))
            self.assertGreater(clause["checks"], 0, name)
            self.assertTrue(clause["maps"], name)

    def test_every_such_clause_says_that_it_is_not_the_schemes(self):
        for language, words in (("en", "provisional, not IPA's criteria"), ("ja", "暫定・IPAの基準ではない")):
            lines = self.command("list", "clauses", "--level", "4", "--lang", language, code=0).stdout.splitlines()
            for line in lines:
                self.assertEqual(line.endswith(words), line.startswith("P"), line)
            for clause in ("P2-01", "P3-11", "P4-13"):
                self.assertIn(words, self.command("explain", clause, "--lang", language, code=0).stdout)
        self.assertNotIn("provisional", self.command("explain", "S1.1-04", code=0).stdout.split("\n\n")[1])

    def test_the_product_type_is_the_profiles(self):
        stub = self.stub()
        done, _ = self.run_device(stub.profile, "--level", "2", "--product-type", "smart-home", code=64)
        self.assertIn("network-camera", done.stderr)
        self.command("list", "clauses", "--level", "5", code=64)
        self.command("list", "clauses", "--product-type", "toaster", code=64)


class Sound(Provisional):
    def test_the_sound_camera_meets_all_that_is_asked_and_earns_no_star(self):
        clauses = [clause["id"] for clause in self.clauses(4) if clause["provisional"]]
        done, result = self.ask(self.stub().profile, clauses, 2)
        self.assertEqual(set(self.verdicts(result, clauses).values()), {"pass"}, done.stdout)
        self.assertTrue(result["provisional"])
        self.assertNotIn("★", done.stdout.split("\n")[0])
        for clause in result["clauses"]:
            self.assertEqual("provisional" in clause, clause["id"].startswith("P"))
        bundle = str(self.folder / "device.hoshi")
        for more in ({}, {"program": VERIFY}):
            words = ["verify", bundle] if not more else [bundle]
            page = self.command(*words, "--signer", f"{self.key}.pub", "--lang", "en", **more).stdout
            self.assertIn("provisional, not IPA's criteria", page)
        again = self.command("judge", bundle, "--signer", f"{self.key}.pub", "--json", code=2)
        self.assertEqual(self.verdicts(json.loads(again.stdout), clauses), self.verdicts(result, clauses))


class Turned(Provisional):
    def test_without_the_papers_each_paper_clause_fails(self):
        asked = {clause["id"] for clause in self.clauses(4)}
        clauses = [row["clause"] for row in turned_by("no-document") if row["clause"] in asked]
        profile = pathlib.Path(self.stub().profile)
        text = re.sub(r"clause: \[P2[^]]*\]", "clause: [S1.1-99]", profile.read_text(encoding="utf-8"))
        bare = profile.with_name("bare.yaml")
        bare.write_text(text, encoding="utf-8")
        _, result = self.ask(bare, clauses, 1)
        self.assertEqual(self.verdicts(result, clauses), dict.fromkeys(clauses, "fail"))

    def test_a_paper_that_does_not_say_it_is_for_a_person_to_judge(self):
        profile = pathlib.Path(self.stub().profile)
        (profile.parent / "docs/security-dossier.en.md").write_text("# Dossier\n\nAll is well.\n", encoding="utf-8")
        clauses = [row["clause"] for row in turned_by("no-document") if row["clause"] in ("P2-11", "P3-11", "P4-13")]
        _, result = self.ask(profile, clauses, 2)
        self.assertEqual(self.verdicts(result, clauses), dict.fromkeys(clauses, "review"))

    def test_who_finds_a_paper_untrue_refuses_it(self):
        asked = {clause["id"] for clause in self.clauses(4)}
        rows = [row for row in turned_by("refused") if row["clause"] in asked]
        said = self.answers.read_text(encoding="utf-8")
        self.answers = self.folder / "refused.yaml"
        self.answers.write_text(re.sub(r'(/confirmed, answer: )"yes"', r'\1"no"', said), encoding="utf-8")
        _, result = self.ask(self.stub().profile, [row["clause"] for row in rows], 1)
        self.assertEqual({name.split("@")[0] for name in with_verdict(result, "fail")}, {row["check"] for row in rows})
        self.assertEqual(with_verdict(result, "review"), [])

    def test_a_paper_that_nobody_compared_is_open(self):
        said = self.answers.read_text(encoding="utf-8")
        self.answers = self.folder / "silent.yaml"
        self.answers.write_text("".join(line for line in said.splitlines(keepends=True) if "P3-11" not in line),
                                encoding="utf-8")
        _, result = self.ask(self.stub().profile, ["P3-11"], 2)
        self.assertEqual(self.verdicts(result, ["P3-11"]), {"P3-11": "review"})


class TurnedByDefects(Provisional):
    def turned(self, defect, rows=None):
        rows = rows or [row for row in turned_by("defect") if row["what"] == defect]
        done, result = self.ask(self.stub("--defect", defect).profile, [row["clause"] for row in rows], 1)
        failed = {name.split("@")[0] for name in with_verdict(result, "fail")}
        self.assertEqual(failed, {row["check"] for row in rows}, done.stderr)
        (self.folder / "device.hoshi").unlink()

    def test_on_the_network(self):
        for defect in ("telnet-open", "undeclared-port", "tls10-enabled"):
            self.turned(defect)

    def test_on_a_port_that_is_not_usual(self):
        with self.params.open("a", encoding="utf-8") as params:
            params.write("  scanned_udp_ports: {value: all, basis: project}\n")
        self.turned("undeclared-udp")

    def test_by_asking(self):
        for defect in ("no-lockout", "known-vulnerability", "default-password-common", "path-variant-bypass"):
            self.turned(defect)

    def test_by_what_stops_it(self):
        """A service that has stopped answers no other question: each level asks a unit of its own."""
        for row in turned_by("defect"):
            if row["what"] == "header-hang":
                self.turned("header-hang", [row])

    def test_no_row_is_left_out(self):
        self.assertEqual({row["what"] for row in turned_by("defect")},
                         {"telnet-open", "undeclared-port", "undeclared-udp", "tls10-enabled", "no-lockout",
                          "known-vulnerability", "default-password-common", "path-variant-bypass", "header-hang"})


if __name__ == "__main__":
    unittest.main()
