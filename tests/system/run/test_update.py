"""Updates of the reference camera on its bench, wrong in ways that do not combine with others (see test_exact)."""
import pathlib
import unittest

from support import Bench, with_verdict


class Update(Bench):
    def bench(self, *more):
        """A unit on its bench whose profile waits no longer for it than a program takes."""
        return self.profile_with(self.stub("--bench", *more).profile, ("settle_s: 5", "settle_s: 1"))

    def wrong(self, defect, check):
        profile = self.bench("--defect", defect)
        done, result = self.run_device(profile, "--only", check, code=1)
        self.assertEqual(with_verdict(result, "fail"), [f"{check}@update"], done.stderr)
        return profile

    def test_an_update_that_is_none(self):
        self.wrong("update-does-nothing", "S1.1-06/update-installs")

    def test_a_unit_that_dies_of_a_power_cut_is_brought_back(self):
        profile = self.wrong("update-bricks", "S1.1-14/update-interrupted")
        image = (pathlib.Path(profile).parent / "firmware" / "hc100-1.4.2.img").read_bytes()
        self.assertEqual((pathlib.Path(profile).parent / "slot-a.img").read_bytes(), image)

    def test_a_server_that_gives_another_image(self):
        """The harness plays the update server: a flipped bit is refused, and another key's signature is not."""
        authority = self.folder / "ca.pem"
        key = self.folder / "ca.key"
        self.command("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=test authority",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", str(key), "-out", str(authority),
                     code=0, program="openssl")
        key.chmod(0o600)
        server = ("--update-server", "https://127.0.0.1:19443", "--ca", str(authority))
        trusted = ("en: software updates}", f"en: software updates}}\n    test_ca: {{certificate: {authority}, key_file: {key}}}")
        for defect, code, verdict, seen in (("update-any-key", 1, "fail", '{"installed":["other_key"]}'),
                                            ("update-over-http-no-tls-check", 2, "review", '{"asked_untrusted":true}')):
            stub = self.stub("--bench", *server, "--defect", defect)
            done, result = self.run_device(self.profile_with(stub.profile, trusted), "--only", "S1.1-08/served-images", code=code,
                                           name=f"{defect}.hoshi")
            self.assertEqual(with_verdict(result, verdict), ["S1.1-08/served-images@update"])
            self.assertIn(seen, done.stderr)
            stub.kill()


if __name__ == "__main__":
    unittest.main()
