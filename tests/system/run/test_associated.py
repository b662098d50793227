"""A cloud beside the device: asked the same, at its own address, by its operator's leave."""
import pathlib

from support import Bench, checks, with_verdict

CLOUD = """
associated:
  - id: cloud
    name: {ja: 例示クラウド, en: Example Cloud}
    address: "127.0.0.2"
    authorization: {by: Example Cloud Ltd, date: 2026-11-21, scope: the test instance}
    liveness: {service: cloud-api, path: /api/version, contains: HC-100}

assets:
"""


class Associated(Bench):
    def bench(self, *defects):
        """The camera, whose profile declares another one's administration page as its cloud."""
        device = self.stub("--port-base", "18700")
        cloud = self.stub("--port-base", "18700", "--bind", "127.0.0.2", "--seed", "8", *defects)
        ca = pathlib.Path(cloud.profile).parent / "certs" / "device-ca.pem"
        service = (f"  - id: cloud-api\n    of: cloud\n    transport: tcp\n    port: {cloud.ports['admin']}\n    protocol: https\n"
                   f"    purpose: {{ja: クラウド, en: cloud}}\n    reason: {{ja: 遠隔視聴, en: remote viewing}}\n"
                   f'    tls: {{server_name: hc-100.local, trust: "{ca}"}}\n')
        return device, cloud, self.profile_with(device.profile, ("\nassets:\n", service + CLOUD))

    def verdicts(self, profile, code):
        done, result = self.run_device(profile, "--only", "S1.1-12/tls-versions", "--only", "S1.1-13/undeclared-tcp", code=code)
        return done, {name: check["verdict"] for name, check in checks(result).items() if "@" in name
                      and check["verdict"] != "not_tested"}

    def test_both_are_asked_each_at_its_address(self):
        _, _, profile = self.bench()
        done, verdicts = self.verdicts(profile, 2)
        self.assertEqual(verdicts, {"S1.1-12/tls-versions@admin": "pass", "S1.1-12/tls-versions@cloud-api": "pass",
                                    "S1.1-13/undeclared-tcp@127.0.0.1": "pass"}, done.stderr)
        self.assertIn("Example Cloud at 127.0.0.2, authority Example Cloud Ltd", done.stderr)

    def test_a_weak_cloud_fails_and_one_that_is_away_is_an_error_of_its_own(self):
        _, cloud, profile = self.bench("--defect", "tls10-enabled")
        done, verdicts = self.verdicts(profile, 1)
        self.assertEqual((verdicts["S1.1-12/tls-versions@admin"], verdicts["S1.1-12/tls-versions@cloud-api"]), ("pass", "fail"),
                         done.stderr)
        cloud.kill()
        (self.folder / "device.hoshi").unlink()
        done, verdicts = self.verdicts(profile, 2)
        self.assertEqual((verdicts["S1.1-12/tls-versions@admin"], verdicts["S1.1-12/tls-versions@cloud-api"]), ("pass", "error"),
                         done.stderr)

    def test_without_its_operators_leave_it_is_not_asked(self):
        _, _, profile = self.bench()
        text = pathlib.Path(profile).read_text(encoding="utf-8")
        pathlib.Path(profile).write_text("".join(line for line in text.splitlines(keepends=True) if "Example Cloud Ltd" not in line),
                                         encoding="utf-8")
        done = self.command(*self.run_words(profile, self.folder / "x.hoshi"), code=65)
        self.assertIn("authorization", done.stderr)
