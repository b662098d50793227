"""The whole of star 1 against the camera on its bench, with many defects at once: they turn the checks meant for them and
the clauses that they violate, and nothing else. What cannot be combined is asked alone, in test_device and its like."""
import json
import subprocess
import unittest

from support import STUB, Bench, checks, with_verdict
from test_device import MEANT

# A defect that shows only with time, or before a password is set, needs a camera that makes that possible.
OPTIONS = {"session-never-expires": ("--session-lifetime", "2"),
           **{defect: ("--first-use",) for defect in ("first-use-skippable", "first-use-short-password", "first-use-common-password")}}
PARAMS = {"undeclared-udp": "scanned_udp_ports: {value: all, basis: project}"}

# What a paper does not say stays open until somebody has looked at it.
PAPERS = {"S1.1-05", "S1.1-07", "S1.1-09", "S1.1-10", "S1.1-16"}

# How long a lock lasts in the end stays open when a busy machine is too slow to reach it in time; it is then asked alone.
BUSY = "S1.1-04/guessing-rate"


def violated():
    """The clause of each defect of the camera, as the stub lists them."""
    listed = subprocess.run([STUB, "--list", "--json"], capture_output=True, check=True)
    return {row["name"]: row["clause"] for row in json.loads(listed.stdout)["defects"] if row["product"] == "camera"}


def turned(result):
    """Every check that was not a pass, by its verdict."""
    return {verdict: names for verdict in ("fail", "review", "error", "inconc", "not_tested")
            if (names := with_verdict(result, verdict))}


class Whole(Bench):
    def whole(self, defects):
        words = [word for defect in defects for word in ("--defect", defect)]
        words += [word for more in {OPTIONS[defect] for defect in defects if defect in OPTIONS} for word in more]
        params = self.folder / "params.yaml"
        lines = [f"  {PARAMS[defect]}\n" for defect in defects if defect in PARAMS]
        params.write_text("hoshitori: params/1\nparameters:\n" + "".join(lines), encoding="utf-8")
        # A program is back sooner than the device that it plays.
        profile = self.profile_with(self.stub("--bench", *words).profile, ("settle_s: 5", "settle_s: 2"))
        return self.run_device(profile, *(("--params", str(params)) if lines else ()))

    def exact(self, *defects):
        clauses = violated()
        done, result = self.whole(defects)
        found = turned(result)
        self.assertEqual(set(found) - {"fail", "review", "inconc"}, set(), done.stderr)
        found["inconc"] = [name for name in found.get("inconc", ()) if not name.startswith(BUSY)]
        self.assertEqual({name.split("/")[0] for name in found["inconc"]} - PAPERS, set(), done.stderr)
        names = {name.split("@")[0] for verdict in found.values() for name in verdict}
        self.assertEqual(names, {name for defect in defects for name in MEANT[defect].split()}, done.stderr)
        self.assertEqual({name.split("/")[0] for name in names}, {clauses[defect] for defect in defects})
        for defect in defects:
            rest = {name for other in defects if other != defect for name in MEANT[other].split()}
            self.assertFalse(set(MEANT[defect].split()) <= rest, f"others would hide that {defect} is not seen")


class Exact(Whole):
    def test_sound(self):
        done, result = self.whole(())
        found = turned(result)
        if found == {"inconc": [f"{BUSY}@admin-login"]}:
            done, alone = self.run_device(self.stub("--bench").profile, "--only", "S1.1-04", name="alone.hoshi")
            self.assertEqual({check["verdict"] for name, check in checks(alone).items() if name.startswith("S1.1-04")}, {"pass"},
                             done.stderr)
        else:
            self.assertEqual((result["overall"], found), ("conformant", {}), done.stderr)

    def test_first(self):
        self.exact("default-password-shared", "change-short-password", "telnet-open", "tls10-enabled", "session-survives-logout",
                   "viewer-reads-users", "backup-unauthenticated", "export-password-clear", "firmware-private-key",
                   "power-resets-password", "erase-keeps-wifi", "policy-without-acknowledgement", "manual-without-update",
                   "update-policy-without-priority", "ui-without-model", "support-end-past", "update-unsigned-accepted", "update-bricks",
                   "no-lockout")

    def test_second(self):
        self.exact("default-password-derived", "change-common-password", "undeclared-port", "tls-without-encryption",
                   "session-forgeable", "viewer-writes-settings", "rtsp-open-path", "export-key-inside", "firmware-common-hash",
                   "power-loses-settings", "erase-keeps-accounts", "policy-without-contact", "manual-without-version",
                   "update-policy-without-times", "ui-other-model", "support-end-missing", "update-any-key", "update-lost-on-power")

    def test_third(self):
        self.exact("undeclared-udp", "session-never-expires", "write-unauthenticated", "firmware-telnet-backdoor", "power-new-key",
                   "erase-keeps-sessions", "policy-unpublished", "manual-without-disposal", "update-body-unchecked",
                   "known-vulnerability", "reset-without-first-use", "sessions-survive-change")

    def test_fourth(self):
        self.exact("path-variant-bypass", "change-without-login", "diagnostics-unauthenticated", "viewer-deletes-others",
                   "erase-keeps-tokens", "update-other-product", "network-loss-hangs", "update-downgrade", "update-truncated-accepted")

    def test_every_clause_has_two_defects_at_least(self):
        clauses = violated()
        self.assertEqual(set(MEANT), set(clauses))
        for number in range(1, 17):
            clause = f"S1.1-{number:02}"
            seen = [defect for defect, meant in MEANT.items() if all(name.startswith(clause) for name in meant.split())]
            self.assertEqual(sorted(seen), sorted(defect for defect in clauses if clauses[defect] == clause))
            self.assertGreaterEqual(len(seen), 2, clause)


if __name__ == "__main__":
    unittest.main()
