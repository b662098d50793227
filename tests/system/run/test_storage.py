"""What is stored: declarations that will not do, and images of other makers' formats."""
import os
import subprocess
import unittest

from support import Bench, checks

SETTINGS = 'scheme: {cipher: AES, mode: XTS, key_bits: 256}, removable: false, external_access: false'
CREDENTIALS = ('scheme: {hash: HMAC-SHA256, kdf: PBKDF2, rounds: 210000, salt: true}, removable: false, '
               'external_access: false')
IMAGE = 'image: "firmware/hc100-1.4.2.img"'


class Stored(Bench):
    def declared(self, *replacements):
        """The verdicts of S1.1-11 for the sound camera whose profile says something else."""
        stub = self.stub()
        profile = self.profile_with(stub.profile, *replacements)
        done, result = self.run_device(profile, "--only", "S1.1-11")
        self.assertIsNotNone(result, done.stderr)
        return {name.removeprefix("S1.1-11/"): check["verdict"] for name, check in checks(result).items()
                if name.startswith("S1.1-11/")}, done


class Declarations(Stored):
    """Papers that will not do: what is removable, or read from outside, needs a cipher on the list."""

    def test_des_and_md5_without_salt(self):
        verdicts, done = self.declared(
            (SETTINGS, "scheme: {cipher: DES, mode: CBC, key_bits: 56}, removable: true, external_access: false"),
            (CREDENTIALS, "scheme: {hash: MD5}, removable: true, external_access: true"))
        self.assertEqual(verdicts["encryption@settings"], "fail", done.stderr)
        self.assertEqual(verdicts["scheme@settings"], "pass", done.stderr)
        self.assertEqual(verdicts["password-hash@credentials"], "fail", done.stderr)

    def test_ecb_and_md5_behind_closed_doors(self):
        verdicts, done = self.declared(
            (SETTINGS, "scheme: {cipher: AES, mode: ECB, key_bits: 128}, removable: false, external_access: true"),
            (CREDENTIALS, "scheme: {hash: MD5}, removable: false, external_access: false"))
        self.assertEqual(verdicts["encryption@settings"], "fail", done.stderr)
        self.assertEqual(verdicts["hashed-all-the-same@credentials"], "review", done.stderr)

    def test_aes_and_words(self):
        verdicts, done = self.declared(
            (SETTINGS, "scheme: {cipher: AES, mode: GCM, key_bits: 128}, removable: true, external_access: true"),
            (CREDENTIALS, "scheme: as in chapter 7, removable: true, external_access: true"))
        self.assertEqual(verdicts["encryption@settings"], "pass", done.stderr)
        self.assertEqual(verdicts["scheme@credentials"], "review", done.stderr)

    def test_nothing(self):
        verdicts, done = self.declared((SETTINGS, "scheme: {hardware: false}, removable: true, external_access: true"))
        self.assertEqual(verdicts["scheme@settings"], "fail", done.stderr)


class Images(Stored):
    """Images that nobody here wrote the format of."""

    def image(self, command):
        """A file made by Debian's own tools from a small root file system, `root`, with a version in it."""
        path = self.folder / "image"
        root = self.folder / "root"
        (root / "etc").mkdir(parents=True)
        (root / "etc/os-release").write_text("VERSION_ID=1.4.2\n")
        (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
        subprocess.run(command, shell=True, check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
        self.assertTrue(path.exists())
        return (IMAGE, f'image: "{path}"')

    def verdict(self, replacement):
        verdicts, done = self.declared(replacement)
        return verdicts["firmware@main"], done.stderr

    def test_squashfs_behind_a_header(self):
        verdict, said = self.verdict(self.image(
            "mksquashfs root s -quiet -no-progress -comp xz && { head -c 4096 /dev/zero; cat s; } >image"))
        self.assertEqual(verdict, "pass", said)

    def test_no_password_in_an_ext4(self):
        verdict, said = self.verdict(self.image(
            "echo root::0:0:root:/:/bin/sh >root/etc/passwd && mke2fs -q -t ext4 -d root e 2M && gzip -c e >image"))
        self.assertEqual(verdict, "fail", said)
        self.assertIn("image!gzip!/etc/passwd", said)

    def test_nothing_is_read_of_noise(self):
        """Whatever its header says: what could not be opened passes nothing."""
        verdict, said = self.verdict(self.image("{ echo HC-100 1.4.2; head -c 300000 /dev/urandom; } >image"))
        self.assertEqual(verdict, "review", said)
        self.assertIn("opaque_percent", said)

    def test_what_must_be_there_is_not(self):
        verdict, said = self.verdict(self.image("tar -C root --exclude os-release -czf image ."))
        self.assertEqual(verdict, "inconc", said)


if __name__ == "__main__":
    unittest.main()
