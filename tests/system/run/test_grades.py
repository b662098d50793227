"""Three results for cryptography: list, strength by year, tier; told, recorded, and by replaceable tables."""
import hashlib
import os
import shutil
import unittest
import unittest.mock
import zipfile

from support import Bench, SOURCE, checks

CHECK = "S1.1-12/tls-grades"


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
        whole = sealed["run/suite.yaml"] + sealed["run/clauses.yaml"]
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
