"""Three results for cryptography: list, strength by year, tier; told, recorded, and by replaceable tables."""
import hashlib
import json
import os
import re
import shutil
import unittest
import unittest.mock
import zipfile

import forge
from support import Bench, SOURCE, checks

CHECK = "S1.1-12/tls-grades"
PORTS = "S1.1-13/undeclared-tcp"


class Grades(Bench):
    def graded(self, profile, *more, verdict="pass"):
        """(grades by (policy, moment, first fact), finished command)"""
        done, result = self.run_device(profile, "--only", CHECK, "--details", *more, code=2 if verdict != "fail" else 1)
        check = checks(result)[f"{CHECK}@admin"]
        self.assertEqual(check["verdict"], verdict, check["reason"]["en"])
        self.result = result
        return {(grade["policy"], grade["at"], grade["of"][0]): grade for grade in check["grades"]}, done

    def params(self, text):
        path = self.folder / "params.yaml"
        path.write_text("hoshitori: params/1\nparameters:\n  " + text + "\n", encoding="utf-8")
        return "--params", str(path)

    def test_a_sound_device_has_all_three(self):
        grades, done = self.graded(self.stub().profile)
        listed = grades["cryptrec-list", "run", "suites.*"]
        strong = grades["cryptrec-strength", "run", "suites.*"]
        tier = grades["cryptrec-tls-tiers", "run", "versions"]
        self.assertEqual((listed["result"], listed["holds"]), ("listed", "yes"))
        self.assertEqual((strong["result"], strong["holds"]), ("usable", "yes"))
        self.assertEqual(grades["cryptrec-strength", "until", "certificates"]["result"], "usable")
        self.assertEqual(grades["cryptrec-strength", "support", "suites.*"]["year"], 2029)
        self.assertEqual((tier["result"], tier["decides"]), ("high", False))
        self.assertEqual(tier["basis"]["level"], "secondary")
        self.assertIn("TLSv1.3", tier["because"])
        self.assertIn("= high (high security tier)", done.stdout)
        self.assert_policies_are_sealed()

    def assert_policies_are_sealed(self):
        with zipfile.ZipFile(self.folder / "device.hoshi") as bundle:
            sealed = {name: bundle.read(name) for name in bundle.namelist() if name.startswith("run/")}
        included = re.search(r"(?m)^include: \[(.*)\]$", sealed["run/suite.yaml"].decode())[1].split(", ")
        parts = [f"run/suite/{name}" for name in included]
        self.assertGreater(len(parts), 1)
        whole = b"".join(sealed[name] for name in ("run/suite.yaml", "run/clauses.yaml", *parts))
        self.assertEqual(len(self.result["policies"]), 3)
        for policy in self.result["policies"]:
            content = sealed[f"run/policy/{policy['id']}.yaml"]
            self.assertEqual(hashlib.sha256(content).hexdigest(), policy["sha256"])
            whole += content
        self.assertIn(hashlib.sha256(whole).hexdigest(), self.manifest())

    def manifest(self):
        with zipfile.ZipFile(self.folder / "device.hoshi") as bundle:
            return bundle.read("META-INF/manifest.json").decode()

    def test_an_old_version_leaves_the_tier(self):
        profile = self.stub("--defect", "tls10-enabled").profile
        grades, _ = self.graded(profile)
        self.assertEqual(grades["cryptrec-tls-tiers", "run", "versions"]["result"], "exception")
        self.assertEqual(grades["cryptrec-tls-tiers", "run", "versions"]["because"], ["TLSv1.0", "TLSv1.1"])
        self.assertEqual(grades["cryptrec-list", "run", "suites.*"]["result"], "listed")
        (self.folder / "device.hoshi").unlink()
        demand = self.params("tls_tier_demanded: {value: recommended, basis: project}")
        grades, _ = self.graded(profile, *demand, verdict="review")
        self.assertTrue(grades["cryptrec-tls-tiers", "run", "versions"]["decides"])

    def test_support_may_outlast_a_strength(self):
        stub = self.stub()
        for until, result, verdict in (("2050-12-31", "migrate", "pass"), ("2051-01-01", "not-usable", "review")):
            profile = self.profile_with(stub.profile, ('support_until: "2029-12-31"', f'support_until: "{until}"'))
            grades, _ = self.graded(profile, verdict=verdict)
            self.assertEqual(grades["cryptrec-strength", "support", "suites.*"]["result"], result)
            self.assertIn("EC-256 (128 bits)", grades["cryptrec-strength", "support", "suites.*"]["because"])
            (self.folder / "device.hoshi").unlink()

    def test_a_day_of_support_is_a_day(self):
        profile = self.profile_with(self.stub().profile, ('support_until: "2029-12-31"', 'support_until: "2029-13-31"'))
        done = self.command("lint", str(profile), code=1)
        self.assertIn("'support_until' must be a day", done.stdout + done.stderr)

    def test_a_grade_that_there_is_not_is_refused_before_the_run(self):
        out = self.folder / "device.hoshi"
        done = self.command(*self.run_words(self.stub().profile, out, "--only", CHECK,
                                            *self.params("tls_tier_demanded: {value: highest, basis: project}")), code=65)
        self.assertIn("has no grade 'highest'", done.stderr)
        self.assertFalse(out.exists())

    def test_a_lab_s_table_decides(self):
        data = self.folder / "data"
        shutil.copytree(SOURCE / "testsuites", data / "testsuites")
        policy = data / "testsuites/jc-star/policy/cryptrec-list.yaml"
        text = policy.read_text(encoding="utf-8")
        self.assertIn("{names: [AES, Camellia,", text)
        policy.write_text(text.replace("{names: [AES, Camellia,", "{names: [AES], grade: not-listed, basis: absent}\n"
                                       "  - {names: [Camellia,"), encoding="utf-8")
        with unittest.mock.patch.dict(os.environ, {"HOSHITORI_DATA": str(data)}):
            grades, _ = self.graded(self.stub().profile, verdict="review")
        listed = grades["cryptrec-list", "run", "suites.*"]
        self.assertEqual((listed["result"], listed["holds"]), ("not-listed", "no"))
        self.assertIn("TLS_AES_128_GCM_SHA256 (AES)", listed["because"])


if __name__ == "__main__":
    unittest.main()


class Judge(Bench):
    """Stored observations under other rules; the device is switched off meanwhile."""

    def setUp(self):
        super().setUp()
        device = self.stub("--defect", "tls10-enabled")
        self.run_device(device.profile, "--only", CHECK, "--only", PORTS, code=2)
        device.kill()
        self.bundle = self.folder / "device.hoshi"
        self.before = self.bundle.read_bytes()

    def judge(self, *more, code, bundle=None):
        done = self.command("judge", str(bundle or self.bundle), "--signer", f"{self.key}.pub", "--json", *more,
                            code=code)
        self.assertEqual(self.bundle.read_bytes(), self.before)
        return done.stderr, checks(json.loads(done.stdout))

    def suite_with(self, old, new):
        folder = self.folder / "testsuites"
        shutil.copytree(SOURCE / "testsuites", folder)
        path = folder / "jc-star" / "star1" / "s13.yaml"
        text = path.read_text(encoding="utf-8")
        self.assertEqual(text.count(old), 1, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
        return "--suite", str(path.parent)

    def test_one_run_many_judgements(self):
        for judgement in (self.the_own_rules_give_the_stated_verdicts, self.another_demand_judges_the_same_observation,
                          self.another_question_has_no_answer, self.a_verdict_that_does_not_follow_is_told):
            with self.subTest(judgement.__name__):
                judgement()

    def the_own_rules_give_the_stated_verdicts(self):
        said, again = self.judge(code=2)
        self.assertEqual(again[f"{CHECK}@admin"]["verdict"], "pass")
        self.assertIn("compared  2 judged as before, 0 otherwise, 0 new; 0 stored observations not used", said)

    def another_demand_judges_the_same_observation(self):
        params = self.folder / "params.yaml"
        params.write_text("hoshitori: params/1\nparameters:\n"
                          "  tls_tier_demanded: {value: recommended, basis: project}\n", encoding="utf-8")
        said, again = self.judge("--params", str(params), code=1)
        self.assertEqual(again[f"{CHECK}@admin"]["verdict"], "review")
        self.assertIn(f"changed   {CHECK}@admin: pass -> review", said)
        self.assertEqual(again[f"{CHECK}@admin"]["from"], f"{CHECK}@admin")
        self.a_statement_stands_beside("--params", str(params))
        versions = again["S1.1-12/tls-versions@admin"]
        self.assertEqual(versions["verdict"], "fail", "not chosen in the run, but observed by it")
        self.assertIn("TLSv1.0", versions["observed"])

    def a_statement_stands_beside(self, *rules):
        judged = self.folder / "judged.hoshi"
        self.judge(*rules, "--key", str(self.key), "--out", str(judged), code=1)
        said = self.command("verify", str(judged), "--signer", f"{self.key}.pub", "--json", code=0)
        report = json.loads(said.stdout)
        self.assertEqual(report["verdict"]["overall"], "inconclusive", "what the run stated stays")
        self.assertEqual([(one["overall"], one["suite"], one["counts"]) for one in report["judgements"]],
                         [("nonconformant", "jc-star-star1", True)])
        self.judge(*rules, "--key", str(self.key), "--role", "evaluator", "--out", str(judged) + "2", code=1)
        said = self.command("verify", str(judged) + "2", "--signer", f"{self.key}.pub", "--json", code=0)
        self.assertFalse(json.loads(said.stdout)["judgements"][0]["counts"], "the key is not an evaluator's")

    def another_question_has_no_answer(self):
        said, again = self.judge(*self.suite_with("  scanned_ports:\n    value: all", '  scanned_ports:\n    value: "1-1024"'), code=1)
        self.assertEqual(again[f"{PORTS}@127.0.0.1"]["verdict"], "not_tested")
        self.assertIn("; 1 stored observations not used", said)

    def a_verdict_that_does_not_follow_is_told(self):
        def hide_a_port(events):
            seen = [event for event in events if event["kind"] == "observation" and event["check"].startswith(PORTS)]
            seen[0]["data"]["facts"]["non_telnet_ports"].append(2323)

        forged = self.folder / "forged.hoshi"
        forge.forge(self.bundle, forged, self.key, hide_a_port)
        self.command("verify", str(forged), "--signer", f"{self.key}.pub", code=0)
        said, again = self.judge(code=65, bundle=forged)
        self.assertEqual(again[f"{PORTS}@127.0.0.1"]["verdict"], "fail")
        self.assertIn("do not follow", said)
