"""The self-test summary: drawn of a bundle that verifies, and of nothing else."""
import json
import shutil
import subprocess
import unittest
import xml.dom.minidom

from support import Bench


class Label(Bench):
    def test_a_summary_is_drawn_and_its_code_names_the_bundle(self):
        self.run_device(self.stub().profile, "--only", "S1.1-12/tls-versions", code=2)
        bundle, signer = self.folder / "device.hoshi", ("--signer", f"{self.key}.pub")
        data = self.folder / "label.json"
        self.command("label", str(bundle), *signer, "--out", str(data), code=0)
        label = json.loads(data.read_text(encoding="utf-8"))
        self.assertEqual((label["overall"], label["summary"], label["product"]["model"]),
                         ("inconclusive", "inconclusive", "HC-100"))
        for language in ("ja", "en"):
            drawing = self.folder / f"{language}.svg"
            self.command("label", str(bundle), *signer, "--out", str(drawing), "--lang", language, code=0)
            text = drawing.read_text(encoding="utf-8")
            xml.dom.minidom.parseString(text)
            self.assertIn("HC-100", text)
        self.code_is_readable(self.folder / "ja.svg", label["qr"])
        self.command("verify", str(bundle), *signer, "--expect-qr", label["qr"], code=0)
        self.command("verify", str(bundle), *signer, "--expect-qr", label["qr"][:-1] + "x", code=2)
        self.nothing_is_drawn(bundle, signer, data)

    def code_is_readable(self, drawing, text):
        if shutil.which("zbarimg") is None or shutil.which("rsvg-convert") is None:
            self.skipTest("zbarimg or rsvg-convert is missing")
        picture = drawing.with_suffix(".png")
        subprocess.run(["rsvg-convert", "-o", str(picture), str(drawing)], check=True, timeout=30)
        read = subprocess.run(["zbarimg", "-q", "--raw", str(picture)], check=True, timeout=30, capture_output=True, text=True)
        self.assertEqual(read.stdout.strip(), text)

    def nothing_is_drawn(self, bundle, signer, there):
        new = self.folder / "new.svg"
        self.command("label", str(bundle), "--out", str(new), code=2)
        self.command("label", str(bundle), *signer, "--at", "2099-01-01T00:00:00Z", "--out", str(new), code=2)
        self.command("label", str(bundle), *signer, "--level", "2", "--out", str(new), code=2)
        self.command("label", str(bundle), *signer, "--out", str(self.folder / "new.png"), code=64)
        self.assertIn("exists", self.command("label", str(bundle), *signer, "--out", str(there)).stderr)
        spoilt = self.folder / "spoilt.hoshi"
        content = bytearray(bundle.read_bytes())
        content[len(content) // 2] ^= 1
        spoilt.write_bytes(content)
        self.command("label", str(spoilt), *signer, "--out", str(new), code=65)
        self.another_suite_is_not_known(signer, new)
        self.assertFalse(new.exists())

    def another_suite_is_not_known(self, signer, new):
        """Whoever asks less under the same name gets a bundle, and no summary."""
        from support import SOURCE
        data = self.folder / "data"
        for name in ("testsuites", "labels"):
            shutil.copytree(SOURCE / name, data / name)
        suite = data / "testsuites" / "jc-star" / "star1" / "s12.yaml"
        suite.write_text(suite.read_text(encoding="utf-8") + "\n# another suite\n", encoding="utf-8")
        own = {"HOSHITORI_DATA": str(data)}
        out = self.folder / "other.hoshi"
        self.command(*self.run_words(self.stub().profile, out, "--only", "S1.1-12/tls-versions"), code=2, own=own)
        self.command("label", str(out), *signer, "--out", str(new), code=2)


if __name__ == "__main__":
    unittest.main()
