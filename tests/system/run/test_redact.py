"""Withholding: a redacted bundle still verifies, and what it withholds can be shown to one reader."""
import json
import os
import stat
import unittest
import zipfile

from support import Bench, VERIFY


class Redacted(Bench):
    made = {}

    def setUp(self):
        super().setUp()
        self.full = str(self.folder / "device.hoshi")
        self.signer = ["--signer", f"{self.key}.pub"]
        for path in (self.folder / "device.hoshi", self.folder / "vendor.key.pub"):
            if path.name in self.made:
                path.write_bytes(self.made[path.name])
        if not self.made:
            self.run_device(self.stub().profile, "--only", "S1.1-12", "--only", "S1.1-01", code=2)
            for name in ("device.hoshi", "vendor.key.pub"):
                self.made[name] = (self.folder / name).read_bytes()
        self.public = str(self.folder / "public.hoshi")

    def wires(self):
        listed = self.command("redact", self.full, "--list", *self.signer, code=0).stdout.splitlines()
        return [(line.split()[0], line.split()[-1]) for line in listed]

    def redact(self, *words, code=0, out=None):
        return self.command("redact", self.full, *words, "--out", out or self.public, *self.signer, code=code)

    def package(self, *words):
        path = self.folder / "lab.disclosure"
        self.command("disclose", self.full, *words, "--out", str(path), *self.signer, code=0)
        return path

    def check(self, package, *words, code):
        return self.command("check-disclosure", self.public, str(package), *words, code=code)

    def test_a_redacted_bundle_verifies_and_says_what_is_missing(self):
        wires = self.wires()
        self.assertGreater(len(wires), 2)
        self.redact("--hide", wires[0][0], "--hide", f"path:{wires[1][1]}")
        done = self.command(self.public, *self.signer, "--json", program=VERIFY, code=0)
        self.assertEqual(sorted(json.loads(done.stdout)["withheld"]), sorted([wires[0][1], wires[1][1]]))
        self.assertEqual(stat.S_IMODE(os.stat(self.public).st_mode), 0o600)
        with zipfile.ZipFile(self.public) as archive:
            names = archive.namelist()
        for identity, path in wires[:2]:
            self.assertNotIn(path, names)
            self.assertNotIn(f"META-INF/disc/{identity}.json", names)
        everything = str(self.folder / "least.hoshi")
        self.redact("--all-withholdable", out=everything)
        self.command(everything, *self.signer, program=VERIFY, code=0)
        with zipfile.ZipFile(everything) as archive:
            self.assertFalse([name for name in archive.namelist() if name.startswith(("wire/", "META-INF/disc/"))])

    def test_what_must_stay_is_refused_with_the_reason(self):
        for words in (["class:result"], ["e0001"], ["path:log/*"], ["class:wire", "--hide", "path:run/*"]):
            done = self.redact("--hide", *words, code=64)
            self.assertIn("belongs to every copy", done.stderr)
        for words in (["class:nothing"], ["e9999"], ["wire/"], ["unit"]):
            self.redact("--hide", *words, code=64)
        self.assertFalse(os.path.exists(self.public))
        self.redact("--hide", "class:wire")
        self.redact("--hide", "class:wire", code=70)
        self.assertEqual([name for name in os.listdir(self.folder) if "public.hoshi." in name], [])

    def test_what_was_withheld_is_shown_to_one_reader(self):
        identity, path = self.wires()[0]
        self.redact("--hide", "class:wire")
        package = self.package("--entry", identity)
        self.assertEqual(stat.S_IMODE(package.stat().st_mode), 0o600)
        done = self.check(package, *self.signer, "--out", str(self.folder / "shown"), code=0)
        self.assertIn(path, done.stdout)
        with zipfile.ZipFile(self.full) as archive:
            self.assertEqual((self.folder / "shown" / path).read_bytes(), archive.read(path))
        self.check(package, code=2)
        self.check(package, "--out", str(self.folder / "not"), code=2)
        self.assertFalse((self.folder / "not").exists())
        self.check(package, "--unknown-signer", "--out", str(self.folder / "said"), code=2)
        self.assertTrue((self.folder / "said" / path).exists())

    def test_a_package_that_was_changed_is_refused(self):
        (first, path), (second, other) = self.wires()[:2]
        self.redact("--hide", "class:wire")
        package = self.package("--entry", first)
        honest = package.read_bytes()
        twin = self.package_of_another_run()
        changes = {
            "content": honest[:-1] + bytes([honest[-1] ^ 1]),
            "cut": honest[:-1],
            "longer": honest + b"\n",
            "id": honest.replace(first.encode(), second.encode(), 1),
            "path": honest.replace(path.encode(), other.encode(), 1),
            "magic": honest.replace(b"disclosure/1", b"disclosure/2", 1),
            "salt": honest.replace(b'"salt":"', b'"salt":"A', 1),
            "empty": b"",
        }
        shown = self.folder / "shown"
        for name, content in changes.items():
            with self.subTest(name):
                self.assertNotEqual(content, honest)
                bad = self.folder / f"{name}.disclosure"
                bad.write_bytes(content)
                self.check(bad, *self.signer, "--out", str(shown), code=1)
                self.assertFalse(shown.exists())
        self.assertIn("another bundle", self.check(twin, *self.signer, code=1).stderr)
        self.check(self.folder / "absent", *self.signer, code=4)
        self.check(package, *self.signer, code=0)

    def package_of_another_run(self):
        self.run_device(self.stub().profile, "--only", "S1.1-12", code=2, name="other.hoshi")
        path = self.folder / "other.disclosure"
        self.command("disclose", str(self.folder / "other.hoshi"), "--entry", "class:wire", "--out", str(path), code=0)
        return path

    def test_unpacking_is_all_or_nothing(self):
        out = self.folder / "files"
        self.command("unpack", self.full, "--out", str(out), code=2)
        self.assertFalse(out.exists())
        self.command("unpack", self.full, "--out", str(out), *self.signer, code=0)
        with zipfile.ZipFile(self.full) as archive:
            for name in archive.namelist():
                self.assertEqual((out / name).read_bytes(), archive.read(name))
                self.assertEqual(stat.S_IMODE((out / name).stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE((out / "META-INF").stat().st_mode), 0o700)
        self.command("unpack", self.full, "--out", str(out), *self.signer, code=4)
        link = self.folder / "link"
        link.symlink_to(self.folder / "elsewhere")
        self.command("unpack", self.full, "--out", str(link), *self.signer, code=4)
        self.assertFalse((self.folder / "elsewhere").exists())
        bad = self.folder / "bad.hoshi"
        content = bytearray((self.folder / "device.hoshi").read_bytes())
        content[len(content) // 2] ^= 1
        bad.write_bytes(content)
        self.command("unpack", str(bad), "--out", str(self.folder / "none"), "--unknown-signer", *self.signer, code=1)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(("none", "link."))], [])


if __name__ == "__main__":
    unittest.main()
