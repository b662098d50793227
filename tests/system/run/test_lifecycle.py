"""What a device still knows after its power or network went, and what is left when it was erased."""
import json
import pathlib
import unittest

from support import Bench, checks

POWER, AFTER_CHANGE, WHILE_SETTING, NETWORK = (f"S1.1-14/{name}@admin-login" for name in
                                               ("power", "power-right-after-change", "power-while-setting", "network"))

PAGE = "S1.1-15/erases@page"


class Lifecycle(Bench):
    def asked(self, *only, defects=(), replaced=(), code=None):
        """The checks that were asked for, on a camera on a bench."""
        words = [word for defect in defects for word in ("--defect", defect)]
        stub = self.stub("--bench", *words)
        profile = self.profile_with(stub.profile, *replaced) if replaced else stub.profile
        words = [word for name in only for word in ("--only", name)]
        self.runs = getattr(self, "runs", 0) + 1
        done, result = self.run_device(profile, *words, code=code, name=f"{self.runs}.hoshi")
        return stub, done, checks(result)

    def verdicts(self, found):
        return {name: check["verdict"] for name, check in found.items() if check["verdict"] != "not_tested"}

    def secrets(self, stub):
        folder = pathlib.Path(stub.profile).parent / "secrets"
        return [(folder / f"{who}.password").read_text().strip() for who in ("admin", "viewer")]


class LifecycleSound(Lifecycle):
    def test_everything_outlasts_and_nothing_is_left(self):
        stub, done, found = self.asked(POWER, WHILE_SETTING, "S1.1-15/erases@page", "S1.1-15/erases@factory-reset",
                                       "S1.1-15/others-data@admin-note", "S1.1-02/after-reset")
        self.assertEqual(set(self.verdicts(found).values()), {"pass"}, done.stderr)
        self.assertEqual(len(self.verdicts(found)), 6)
        power = found[POWER]["facts"]
        self.assertIs(power["cut_seen"], True)
        self.assertEqual(power["settings_kept"], ["settings@admin"])
        erased = found["S1.1-15/erases@page"]["facts"]
        self.assertEqual((erased["version_before"], erased["version_after"]), ("1.5.0", "1.5.0"))
        self.assertLessEqual({"account", "wifi", "schedule", "note", "token", "settings@admin"}, set(erased["planted"]))
        self.assertIs(erased["changed_credential_refused"], False, "the page leaves the unit's own accounts alone")
        self.assertIs(found["S1.1-15/erases@factory-reset"]["facts"]["changed_credential_refused"], True)
        text = json.dumps(found)
        for secret in self.secrets(stub):
            self.assertNotIn(secret, text)

    def test_a_lever_that_does_nothing_shows_nothing(self):
        """A lever that says that it moved is not believed; one that fails is our fault."""
        off = ('power_off: {command: ["tools/lever", power-off], within_s: 10}', 'power_off: {command: [/bin/true]}')
        _, done, found = self.asked(POWER, replaced=(off,))
        self.assertEqual(self.verdicts(found), {POWER: "inconc"}, done.stderr)
        self.assertIs(found[POWER]["facts"]["cut_seen"], False)

    def test_a_lever_that_fails_is_an_error(self):
        off = ('power_off: {command: ["tools/lever", power-off], within_s: 10}', 'power_off: {command: [/bin/false]}')
        _, done, found = self.asked(POWER, replaced=(off,))
        self.assertEqual(self.verdicts(found), {POWER: "error"}, done.stderr)


class LifecycleDefective(Lifecycle):
    def found_by(self, defects, *expected, clean=()):
        """These checks fail, those pass; gives what the first observed."""
        _, done, found = self.asked(*expected, *clean, defects=defects.split())
        wanted = {name: "fail" for name in expected} | {name: "pass" for name in clean}
        self.assertEqual(self.verdicts(found), wanted, done.stderr)
        return found[expected[0]]["facts"]

    def test_power(self):
        facts = self.found_by("power-resets-password", POWER, clean=[NETWORK])
        self.assertEqual((facts["new_credential_works"], facts["previous_refused"]), (False, False))
        facts = self.found_by("power-loses-settings power-new-key", POWER)
        self.assertEqual((facts["settings_lost"], facts["keys_same"]), (["settings@admin"], False))
        self.assertIs(facts["new_credential_works"], True)

    def test_leftovers(self):
        """Each is seen beside the others."""
        facts = self.found_by("erase-keeps-wifi erase-keeps-accounts", PAGE)
        self.assertEqual(set(facts["remaining"]), {"wifi", "account"})
        self.assertEqual([facts[f"{what}_refused"] for what in ("accounts", "session", "tokens")], [False, True, True])
        facts = self.found_by("erase-keeps-sessions erase-keeps-tokens reset-rolls-back-version", PAGE)
        self.assertEqual(facts["remaining"], ["token"], "the list of tokens still names it")
        self.assertEqual([facts[f"{what}_refused"] for what in ("accounts", "session", "tokens")], [True, False, False])
        self.assertEqual((facts["version_before"], facts["version_after"]), ("1.5.0", "1.4.2"))


if __name__ == "__main__":
    unittest.main()
