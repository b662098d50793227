"""Updates of the reference camera on its bench: sound, and wrong in one way each."""
import pathlib
import unittest

from support import Bench, with_verdict

# Two cuts show as much of the path as ten.
PARAMS = """hoshitori: params/1
parameters:
  update_power_cuts: {value: 2, unit: losses of power during one update each, basis: project}
"""


class Update(Bench):
    def bench(self, *more):
        """A unit on its bench whose profile waits no longer for it than a program takes."""
        return self.profile_with(self.stub("--bench", *more).profile, ("settle_s: 5", "settle_s: 1"))

    def test_sound(self):
        words = [word for check in ("S1.1-06", "S1.1-08/altered-image", "S1.1-08/vendor-key-only",
                                    "S1.1-14/update-interrupted") for word in ("--only", check)]
        params = self.folder / "params.yaml"
        params.write_text(PARAMS, encoding="utf-8")
        done, result = self.run_device(self.bench(), *words, "--params", str(params), code=2)
        self.assertEqual(with_verdict(result, "pass"),
                         ["S1.1-06/update-installs@update", "S1.1-06/update-outlasts-power@update",
                          "S1.1-08/altered-image@update", "S1.1-08/vendor-key-only@update",
                          "S1.1-14/update-interrupted@update"], done.stderr)

    def wrong(self, defect, check):
        profile = self.bench("--defect", defect)
        done, result = self.run_device(profile, "--only", check, code=1)
        self.assertEqual(with_verdict(result, "fail"), [f"{check}@update"], done.stderr)
        return profile

    def test_an_update_that_goes_with_the_power(self):
        self.wrong("update-lost-on-power", "S1.1-06/update-outlasts-power")

    def test_an_update_that_is_none(self):
        self.wrong("update-does-nothing", "S1.1-06/update-installs")

    def test_any_key_will_do(self):
        self.wrong("update-any-key", "S1.1-08/vendor-key-only")

    def test_no_signature_will_do(self):
        self.wrong("update-unsigned-accepted", "S1.1-08/signature-required")

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
        stub = self.stub("--bench", *server, "--defect", "update-any-key")
        done, result = self.run_device(self.profile_with(stub.profile, trusted), "--only", "S1.1-08/served-images", code=1)
        self.assertEqual(with_verdict(result, "fail"), ["S1.1-08/served-images@update"])
        self.assertIn('observed {"installed":["other_key"]}', done.stderr)

    def test_going_back_is_for_a_person_to_judge(self):
        profile = self.bench("--defect", "update-downgrade")
        done, result = self.run_device(profile, "--only", "S1.1-08/no-downgrade", code=2)
        self.assertEqual(with_verdict(result, "review"), ["S1.1-08/no-downgrade@update"], done.stderr)


if __name__ == "__main__":
    unittest.main()
