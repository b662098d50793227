#!/usr/bin/env python3
"""Reports made by the real nmap, and the reference camera's documents, read by the probe in its sandbox.

import.py --hoshitori PROGRAM --stub PROGRAM; exit 77 without nmap.
"""
import argparse
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

PORT = 18480
OPTIONS = argparse.Namespace()

PROFILE = """hoshitori: profile/1
product:
  vendor: {{name: Example Electric}}
  model: HC-100
  type: network-camera
  firmware: [{{name: main, version: 1.4.2}}]
authorization: {{by: Example Electric QA, date: 2026-11-21, scope: loopback}}
reach: {{addresses: ["{address}"], liveness: {{service: web}}}}
services:
  - {{id: web, transport: tcp, port: {port}, protocol: http, purpose: a page, reason: a test}}
documents:
  - {{id: scan, clause: S1.1-13, file: "{file}"}}
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 206 to any Range when told to, which is the sign that nmap's CVE-2011-3192 script looks for."""
    vulnerable = False

    def do_HEAD(self):
        self.send_response(206 if self.vulnerable and self.headers.get("Range") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *arguments):
        pass


def observed(*words):
    done = subprocess.run([OPTIONS.hoshitori, "probe", "known_vulnerabilities", *words, "--json"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["facts"]


class Nmap(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hoshitori-import-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def scan(self, *words, vulnerable=False):
        handler = type("Here", (Handler,), {"vulnerable": vulnerable})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            subprocess.run(["nmap", "-n", "-sT", "-p", str(PORT), *words, "-oX", str(self.folder / "scan.xml"), "127.0.0.1"],
                           check=True, stdout=subprocess.DEVNULL, timeout=60)
        finally:
            server.shutdown()
            server.server_close()

    def facts(self, address="127.0.0.1"):
        profile = self.folder / "profile.yaml"
        profile.write_text(PROFILE.format(address=address, port=PORT, file="scan.xml"), encoding="utf-8")
        return observed("--profile", str(profile))

    def test_vulnerable_server_is_found(self):
        self.scan("--script", "+http-vuln-cve2011-3192", vulnerable=True)
        facts = self.facts()
        self.assertEqual(facts["uncovered_ids"], ["CVE-2011-3192"])
        self.assertEqual(facts["findings"][0]["where"], f"127.0.0.1 {PORT}/tcp")
        self.assertEqual((facts["scans_complete"], facts["scans_of_device"]), (1, 1))

    def test_sound_server_is_clean_and_the_scan_complete(self):
        self.scan("--script", "+http-vuln-cve2011-3192", "--script-args", "vulns.showall")
        facts = self.facts()
        self.assertEqual((facts["findings_count"], facts["scans_complete"]), (0, 1))

    def test_silent_scripts_prove_nothing(self):
        self.scan("--script", "+http-vuln-cve2011-3192")
        facts = self.facts()
        self.assertEqual((facts["has_scan"], facts["scans_complete"]), (True, 0))

    def test_plain_port_scan_is_no_vulnerability_scan(self):
        self.scan()
        self.assertEqual(self.facts()["scans_complete"], 0)

    def test_scan_of_another_address(self):
        self.scan("--script", "+http-vuln-cve2011-3192", vulnerable=True)
        facts = self.facts(address="127.0.0.99")
        self.assertEqual((facts["scans_complete"], facts["findings_elsewhere"], facts["uncovered_ids"]), (0, 1, []))

    def test_report_cut_short_is_unreadable(self):
        self.scan("--script", "+http-vuln-cve2011-3192", vulnerable=True)
        whole = (self.folder / "scan.xml").read_bytes()
        (self.folder / "scan.xml").write_bytes(whole[: len(whole) // 2])
        facts = self.facts()
        self.assertEqual((facts["reports"], facts["reports_read"]), (1, 0))
        self.assertNotIn("uncovered_high", facts)

    def test_by_hand(self):
        self.scan("--script", "+http-vuln-cve2011-3192", vulnerable=True)
        done = subprocess.run([OPTIONS.hoshitori, "import", str(self.folder / "scan.xml"), "--json"], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([finding["id"] for finding in json.loads(done.stdout)["findings"]], ["CVE-2011-3192"])


class Camera(unittest.TestCase):
    def facts(self, *words):
        folder = tempfile.mkdtemp(prefix="hoshitori-import-")
        self.addCleanup(shutil.rmtree, folder)
        stub = subprocess.Popen([OPTIONS.stub, "camera", "--state", folder, "--port-base", "18500", *words],
                                stdout=subprocess.PIPE, text=True)
        try:
            return observed("--profile", json.loads(stub.stdout.readline())["profile"])
        finally:
            stub.terminate()
            stub.wait(timeout=10)
            stub.stdout.close()

    def test_sound(self):
        facts = self.facts()
        self.assertEqual((facts["reports_read"], facts["unreadable"], facts["scans_of_device"]), (3, [], 1))
        self.assertEqual((facts["uncovered_ids"], facts["uncovered_high"]), ([], []))
        self.assertEqual(facts["findings"][0]["justification"], "not_affected: code_not_present")

    def test_known_vulnerability(self):
        facts = self.facts("--defect", "known-vulnerability")
        self.assertEqual((facts["uncovered_high"], facts["scans_complete"]), (["CVE-2022-37434"], 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--stub", required=True)
    parser.parse_args(namespace=OPTIONS)
    if shutil.which("nmap") is None:
        print("nmap is not installed", file=sys.stderr)
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
