"""Bad input: one clear line, the right exit code, and nothing written."""
import json
import pathlib
import resource
import shutil
import subprocess
import time
import unittest

from support import Bench, HOSHITORI, SOURCE, VERIFY

PROFILE = SOURCE / "profiles/reference-camera/profile.yaml"


class BadInput(Bench):
    def refused(self, content, *words, name="profile.yaml", code=65):
        """Runs over a profile of that content; gives the one line on stderr."""
        profile = self.folder / name
        profile.write_bytes(content)
        before = sorted(path.name for path in self.folder.iterdir())
        done = self.command(*self.run_words(profile, self.folder / "out.hoshi", *words), code=code)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before, "something was written")
        return lines[0]

    def sound(self):
        return PROFILE.read_bytes()

    def test_unknown_key(self):
        line = self.refused(b"colour: red\n" + self.sound())
        self.assertRegex(line, r"profile\.yaml:\d+:\d+: unknown key 'colour'")

    def test_repeated_key(self):
        line = self.refused(self.sound() + b"\nroles: [admin]\n")
        self.assertRegex(line, r"profile\.yaml:\d+:\d+: .*'?roles'?.* twice")

    def test_wrong_type(self):
        line = self.refused(self.sound().replace(b"\nroles:", b"\nroles: 5\nx_roles:", 1))
        self.assertRegex(line, r"profile\.yaml:\d+:\d+: ")

    def test_ten_megabytes_of_aliases(self):
        bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"b: [*a,*a,*a,*a,*a,*a,*a,*a]\n" * 350000
        started = time.monotonic()
        line = self.refused(bomb)
        self.assertLess(time.monotonic() - started, 5)
        self.assertIn("profile.yaml", line)

    def test_a_few_aliases(self):
        line = self.refused(b"a: &a [x,x]\nb: [*a,*a]\n")
        self.assertRegex(line, r"profile\.yaml:\d+:\d+: ")

    def test_no_such_file(self):
        done = self.command(*self.run_words(self.folder / "none.yaml", self.folder / "out.hoshi"), code=65)
        self.assertIn("none.yaml", done.stderr)

    def test_empty_and_binary_profiles(self):
        self.refused(b"")
        self.refused(bytes(range(256)))

    def test_an_unknown_option_and_a_missing_value(self):
        self.command("run", "--colour", code=64)
        self.command("run", "--profile", code=64)
        self.command("run", code=64)
        self.command("nonsense", code=64)
        self.command("run", "--profile", str(PROFILE), "--level", "7", "--key", str(self.key), code=64)

    def test_a_public_address_needs_an_authorisation(self):
        text = self.sound().decode()
        lines = [line for line in text.splitlines() if not line.startswith("authorization:")]
        changed = "\n".join(lines).replace('"127.0.0.1"', '"192.0.2.1"') + "\n"
        done = self.command("probe", "tcp_ports", "--target", "192.0.2.1", code=65)
        self.assertIn("authoris", done.stderr)
        self.assertNotEqual(changed, text)

    def test_an_existing_bundle_is_never_overwritten(self):
        out = self.folder / "out.hoshi"
        out.write_bytes(b"mine")
        stub = self.stub()
        done = self.command(*self.run_words(stub.profile, out), code=65)
        self.assertIn("never overwritten", done.stderr)
        self.assertEqual(out.read_bytes(), b"mine")

    def test_a_key_that_others_may_read(self):
        self.key.chmod(0o644)
        stub = self.stub()
        done = self.command(*self.run_words(stub.profile, self.folder / "out.hoshi"), code=65)
        self.assertIn("chmod 600", done.stderr)


class BadBundle(Bench):
    PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(64)

    def test_a_png(self):
        path = self.folder / "picture.hoshi"
        path.write_bytes(self.PNG)
        self.command("verify", str(path), "--signer", f"{self.key}.pub", code=1)
        self.command(str(path), "--signer", f"{self.key}.pub", code=1, program=VERIFY)
        self.command("show", str(path), code=65)

    def test_no_such_bundle(self):
        self.command("verify", str(self.folder / "none.hoshi"), code=4)
        self.command("verify", code=64)


class Lint(Bench):
    def test_shipped_files_are_clean(self):
        files = [str(path) for pattern in ("testsuites/**/*.yaml", "profiles/**/profile.yaml", "labels/**/*.yaml")
                 for path in SOURCE.glob(pattern) if "secrets" not in path.parts]
        self.assertGreater(len(files), 2)
        self.command("lint", *files, code=0)

    def test_a_misspelt_fact_is_found_with_its_place(self):
        self.refused_after("star1/s12.yaml", "fact: versions", "fact: version", r"s12\.yaml:\d+:\d+: .*version")

    def test_a_misspelt_grade_is_found_in_the_policy_that_has_it(self):
        self.refused_after("policy/cryptrec-list.yaml", "grade: monitored", "grade: watched",
                           r"cryptrec-list\.yaml:\d+:\d+: there is no grade 'watched'")

    def refused_after(self, name, old, new, words):
        copy = self.folder / "jc-star"
        shutil.copytree(SOURCE / "testsuites/jc-star", copy)
        text = (copy / name).read_text(encoding="utf-8")
        self.assertIn(old, text)
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
        done = self.command("lint", str(copy / "star1/suite.yaml"), code=1)
        self.assertRegex(done.stdout + done.stderr, words)


if __name__ == "__main__":
    unittest.main()
