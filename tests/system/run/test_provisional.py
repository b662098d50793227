"""The provisional levels: what they ask of each product, and that each clause can be turned by something wrong."""
import contextlib
import csv
import http.server
import itertools
import json
import pathlib
import re
import socket
import ssl
import threading
import unittest

from support import SOURCE, VERIFY, Bench, with_verdict

TYPES = ("communication-equipment", "network-camera", "smart-home")
LEAST = {1: 16, 2: 30, 3: 45, 4: 55}
# testsuites/jc-star/turns.tsv says of each provisional clause which defect, or which missing document, turns it.
TURNS = list(csv.DictReader((SOURCE / "testsuites/jc-star/turns.tsv").open(encoding="utf-8"), delimiter="\t"))
# Which checks, or which paper, stand for each provision of ETSI EN 303 645 V3.1.3, and how far a network can reach it.
PROVISIONS = list(csv.DictReader((SOURCE / "testsuites/jc-star/provisions.tsv").open(encoding="utf-8"), delimiter="\t"))
# The stub answers at once; what patience a real device needs is not the question here.
QUICK = """hoshitori: params/1
parameters:
  malformed_patience_ms: {value: 600, basis: project}
  malformed_recovery_ms: {value: 200, basis: project}
  level2_malformed_messages: {value: 12, basis: project}
  level3_malformed_messages: {value: 12, basis: project}
  level4_malformed_messages: {value: 12, basis: project}
"""


def turned_by(how):
    return [row for row in TURNS if row["how"] == how]


def shipped_checks():
    """The probe of each check of the four levels."""
    found = {}
    for path in sorted((SOURCE / "testsuites/jc-star").glob("star*/*.yaml")):
        for block in re.split(r"^  - id: ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            probe = re.search(r"^    probe: (\w+)", block, re.M)
            if probe:
                found[block.split()[0]] = probe.group(1)
    return found


GATEWAY_ANSWERS = ("P2-22/wan-side-seen", "P3-25/confirmed")
GATEWAY_PAPER = """# Gateway

Administration from the WAN is disabled by default. WPS is off. HNAP was removed.

WPA3 is the default. The passphrase is unique to each unit.

The firewall denies inbound traffic from the WAN by default, over IPv6 as well.
"""


def answer_yes(check):
    return f'  - {{to: {check}, answer: "yes", at: "2026-11-22", why: {{ja: 試験, en: a test}}}}\n'


class Provisional(Bench):
    def setUp(self):
        super().setUp()
        self.params = self.folder / "quick.yaml"
        self.params.write_text(QUICK, encoding="utf-8")
        self.answers = SOURCE / "profiles/reference-camera/answers-level4.yaml"

    def clauses(self, level, product="network-camera"):
        listed = self.command("list", "clauses", "--level", str(level), "--product-type", product, "--json", code=0)
        return json.loads(listed.stdout)

    def ask(self, profile, clauses, code):
        only = [word for clause in sorted(set(clauses)) for word in ("--only", clause)]
        return self.run_device(profile, "--level", "4", "--params", str(self.params), "--answers", str(self.answers), *only,
                               code=code)

    def verdicts(self, result, clauses):
        return {clause["id"]: clause["verdict"] for clause in result["clauses"] if clause["id"] in clauses}


class Lists(Provisional):
    def test_each_level_contains_the_one_below(self):
        for product in TYPES:
            below = []
            for level, least in LEAST.items():
                asked = [clause["id"] for clause in self.clauses(level, product)]
                self.assertEqual(asked[:len(below)], below)
                self.assertGreaterEqual(len(asked), least, (product, level))
                self.assertEqual(len(asked), len(set(asked)))
                below = asked

    def test_each_provisional_clause_is_asked_and_turned(self):
        every = {clause["id"]: clause for product in TYPES for clause in self.clauses(4, product)}
        self.assertEqual({name for name in every if name.startswith("P")}, {row["clause"] for row in TURNS})
        for name, clause in every.items():
            if not name.startswith("P"):
                self.assertFalse(clause["provisional"])
                continue
            self.assertRegex(name, r"^P[234]-\d\d$")
            self.assertTrue(clause["provisional"])
            self.assertEqual((clause["basis"], clause["level"]), ("project", int(name[1])))
            self.assertGreater(clause["checks"], 0, name)
            self.assertTrue(clause["maps"], name)

    def test_every_check_of_them_is_turned(self):
        self.assertEqual({name for name in shipped_checks() if name.startswith("P")}, {row["check"] for row in TURNS})

    def test_every_provision_is_asked(self):
        """What a network can reach is asked over it or has a remark; what clauses name and what the table says agree."""
        probes = shipped_checks()
        maps = {clause["id"]: clause["maps"].get("etsi_en_303_645", [])
                for product in TYPES for clause in self.clauses(4, product)}
        self.assertEqual(len({row["provision"] for row in PROVISIONS}), len(PROVISIONS))
        self.assertEqual({name for names in maps.values() for name in names}, {row["provision"] for row in PROVISIONS})
        for row in PROVISIONS:
            named = row["checks"].split()
            self.assertTrue(named, row)
            for check in named:
                self.assertIn(row["provision"], maps[check.split("/")[0]], check)
            papers = {probes[check] for check in named} <= {"document", "person"}
            self.assertFalse(row["reach"][0] in "NnW" and papers and not row["remark"], row)

    def test_every_such_clause_says_that_it_is_not_the_schemes(self):
        for language, words in (("en", "provisional, not IPA's criteria"), ("ja", "暫定・IPAの基準ではない")):
            lines = self.command("list", "clauses", "--level", "4", "--lang", language, code=0).stdout.splitlines()
            for line in lines:
                self.assertEqual(line.endswith(words), line.startswith("P"), line)
            for clause in ("P2-01", "P3-11", "P4-13"):
                self.assertIn(words, self.command("explain", clause, "--lang", language, code=0).stdout)
        self.assertNotIn("provisional", self.command("explain", "S1.1-04", code=0).stdout.split("\n\n")[1])

    def test_the_product_type_is_the_profiles(self):
        stub = self.stub()
        done, _ = self.run_device(stub.profile, "--level", "2", "--product-type", "smart-home", code=64)
        self.assertIn("network-camera", done.stderr)
        self.command("list", "clauses", "--level", "5", code=64)
        self.command("list", "clauses", "--product-type", "toaster", code=64)


class Sound(Provisional):
    def test_the_sound_camera_meets_all_that_is_asked_and_earns_no_star(self):
        clauses = [clause["id"] for clause in self.clauses(4) if clause["provisional"]]
        done, result = self.ask(self.stub().profile, clauses, 2)
        self.assertEqual(set(self.verdicts(result, clauses).values()), {"pass"}, done.stdout)
        self.assertTrue(result["provisional"])
        self.assertNotIn("★", done.stdout.split("\n")[0])
        for clause in result["clauses"]:
            self.assertEqual("provisional" in clause, clause["id"].startswith("P"))
        bundle = str(self.folder / "device.hoshi")
        for more in ({}, {"program": VERIFY}):
            words = ["verify", bundle] if not more else [bundle]
            page = self.command(*words, "--signer", f"{self.key}.pub", "--lang", "en", **more).stdout
            self.assertIn("provisional, not IPA's criteria", page)
        again = self.command("judge", bundle, "--signer", f"{self.key}.pub", "--json", code=2)
        self.assertEqual(self.verdicts(json.loads(again.stdout), clauses), self.verdicts(result, clauses))


    def test_answers_for_a_higher_level_may_stand_in_the_file(self):
        _, result = self.run_device(self.stub().profile, "--level", "3", "--only", "P3-11", "--answers", str(self.answers), code=2)
        self.assertEqual(self.verdicts(result, ["P3-11"]), {"P3-11": "pass"})
        (self.folder / "device.hoshi").unlink()
        done, _ = self.run_device(self.stub().profile, "--level", "3", "--only", "P3-11", "--answers", str(self.slip()), code=65)
        self.assertIn("the suite has no check 'P3-11/confirmd'", done.stderr)

    def slip(self):
        slip = self.folder / "slip.yaml"
        slip.write_text(self.answers.read_text(encoding="utf-8").replace("P3-11/confirmed", "P3-11/confirmd"), encoding="utf-8")
        return slip


class Turned(Provisional):
    def test_without_the_papers_each_paper_clause_fails(self):
        asked = {clause["id"] for clause in self.clauses(4)}
        profile = pathlib.Path(self.stub().profile)
        text = re.sub(r"clause: \[P2[^]]*\]", "clause: [S1.1-99]", profile.read_text(encoding="utf-8"))
        for product in TYPES:
            others = {clause["id"] for clause in self.clauses(4, product)} - asked
            clauses = [row["clause"] for row in turned_by("no-document") if row["clause"] in others or product == TYPES[1]]
            clauses = [name for name in clauses if product != TYPES[1] or name in asked]
            bare = profile.with_name("bare.yaml")
            bare.write_text(text.replace("type: network-camera", f"type: {product}"), encoding="utf-8")
            _, result = self.ask(bare, clauses, 1)
            self.assertEqual(self.verdicts(result, clauses), dict.fromkeys(clauses, "fail"))
            (self.folder / "device.hoshi").unlink()

    def test_a_paper_that_does_not_say_it_is_for_a_person_to_judge(self):
        profile = pathlib.Path(self.stub().profile)
        (profile.parent / "docs/security-dossier.en.md").write_text("# Dossier\n\nAll is well.\n", encoding="utf-8")
        clauses = [row["clause"] for row in turned_by("no-document") if row["clause"] in ("P2-11", "P3-11", "P4-13")]
        _, result = self.ask(profile, clauses, 2)
        self.assertEqual(self.verdicts(result, clauses), dict.fromkeys(clauses, "review"))

    def test_who_finds_a_paper_untrue_refuses_it(self):
        said = self.answers.read_text(encoding="utf-8") + "".join(answer_yes(check) for check in GATEWAY_ANSWERS)
        self.answers = self.folder / "refused.yaml"
        self.answers.write_text(re.sub(r'(/[a-z-]+, answer: )"yes"', r'\1"no"', said), encoding="utf-8")
        profile = self.stub().profile
        camera = {clause["id"] for clause in self.clauses(4)}
        gateway = self.profile_with(profile, ("type: network-camera", f"type: {TYPES[0]}"))
        for target, asked in ((profile, camera), (gateway, {clause["id"] for clause in self.clauses(4, TYPES[0])} - camera)):
            rows = [row for row in turned_by("refused") if row["clause"] in asked]
            _, result = self.ask(target, [row["clause"] for row in rows], 1)
            failed = {name.split("@")[0] for name in with_verdict(result, "fail")}
            self.assertEqual({name for name in failed if not name.endswith("/paper")}, {row["check"] for row in rows})
            self.assertEqual(with_verdict(result, "review"), [])
            (self.folder / "device.hoshi").unlink()

    def test_the_defence_against_guessing_is_weighed_by_the_shortest_password(self):
        with self.params.open("a", encoding="utf-8") as params:
            params.write("  password_pool: {value: 10, basis: project}\n  password_length: {value: 2, basis: project}\n")
        done, result = self.ask(self.stub().profile, ["P2-03"], 1)
        self.assertEqual(self.verdicts(result, ["P2-03"]), {"P2-03": "fail"})
        self.assertIn("days_to_half at_least 100", done.stdout + done.stderr)

    def test_a_paper_that_nobody_compared_is_open(self):
        said = self.answers.read_text(encoding="utf-8")
        self.answers = self.folder / "silent.yaml"
        self.answers.write_text("".join(line for line in said.splitlines(keepends=True) if "P3-11" not in line),
                                encoding="utf-8")
        _, result = self.ask(self.stub().profile, ["P3-11"], 2)
        self.assertEqual(self.verdicts(result, ["P3-11"]), {"P3-11": "review"})


class Page(http.server.BaseHTTPRequestHandler):
    """The first page, a description of UPnP, and HNAP where the server has it."""

    server_version, sys_version = "gateway", ""

    def do_GET(self):
        body = self.server.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/xml" if body and body.startswith("<?xml") else "text/html")
        self.send_header("Content-Length", str(len(body or "")))
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_):
        pass


class Gateway:
    """What a gateway has beside the stub: a page, UPnP, a banner and calls of its own; wrong in each, or in none."""

    def __init__(self, test, serial, wrong):
        self.wrong = wrong
        self.ending = threading.Event()
        test.addCleanup(self.ending.set)
        self.banners = [f"gateway {serial} ready\r\n", "SSH-2.0-gateway\r\n"] if wrong else ["gateway ready\r\n"]
        self.greeting = self.serve(self.banners[0])
        for banner in self.banners[1:]:
            self.serve(banner)
        self.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.web.handle_error = lambda *_: None  # whoever hangs up in the middle is no news
        maker = "wifialliance-org:service:WFAWLANConfig" if wrong else "upnp-org:service:Layer3Forwarding"
        self.web.pages = {"/": "<html>gateway</html>", "/scpd.xml": SCPD, "/desc.xml": DESCRIPTION % maker}
        self.web.pages |= {"/HNAP1/": "<?xml version='1.0'?><Envelope>GetDeviceSettings</Envelope>"} if wrong else {}
        test.addCleanup(self.web.shutdown)
        threading.Thread(target=self.web.serve_forever, daemon=True).start()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        with socket.socket() as room:
            room.bind(("127.0.0.1", 0))
            self.called = room.getsockname()[1]
        for work in (self.announce, self.call):
            threading.Thread(target=work, daemon=True).start()

    def serve(self, banner):
        """Greets whoever connects; gives the port."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)

        def loop():
            while not self.ending.is_set():
                link, _ = listening.accept()
                link.settimeout(2)
                with link, contextlib.suppress(OSError):
                    link.sendall(banner.encode())
                    link.recv(1)
        threading.Thread(target=loop, daemon=True).start()
        return listening.getsockname()[1]

    def announce(self):
        answer = ("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=60\r\nEXT:\r\nST: upnp:rootdevice\r\nUSN: uuid:1::upnp:rootdevice\r\n"
                  f"SERVER: x UPnP/1.1 x\r\nLOCATION: http://127.0.0.1:{self.web.server_port}/desc.xml\r\n\r\n")
        while not self.ending.is_set():
            data, peer = self.udp.recvfrom(2048)
            if data.startswith(b"M-SEARCH"):
                self.udp.sendto(answer.encode(), peer)

    def call(self):
        context = ssl.create_default_context()
        for times in itertools.count():
            try:
                with socket.create_connection(("127.0.0.1", self.called), 1) as link:
                    context.wrap_socket(link, server_hostname="cloud.example.test").close()
            except OSError:
                pass
            if self.ending.wait(0.05 if self.wrong else min(0.3 * 2 ** times, 3)):
                return

    def services(self):
        row = "  - {id: %s, transport: %s, port: %d, protocol: %s, carries_assets: false, purpose: x, reason: x}\n"
        return (row % ("greeting", "tcp", self.greeting, "other") + row % ("page", "tcp", self.web.server_port, "http")
                + row % ("upnp", "udp", self.udp.getsockname()[1], "ssdp"))

    def clients(self):
        return (f"redirect: {{address: 127.0.0.1}}\nclients:\n  - {{id: cloud, host: cloud.example.test, port: {self.called}, "
                "protocol: https, purpose: x, calls: {within_s: 10}}\n\n")


DESCRIPTION = """<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor>
</specVersion><device><deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>x</friendlyName><UDN>uuid:1</UDN>
<serviceList><service><serviceType>urn:schemas-%s:1</serviceType><serviceId>urn:x:serviceId:1</serviceId>
<SCPDURL>/scpd.xml</SCPDURL><controlURL>/c</controlURL><eventSubURL>/e</eventSubURL></service></serviceList></device></root>"""
SCPD = """<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0"><actionList><action><name>GetDeviceInfo</name></action>
</actionList></scpd>"""


class TurnedBeside(Provisional):
    def gateway(self, wrong):
        """A run over what stands beside the stub, which is declared as a gateway."""
        profile = pathlib.Path(self.stub().profile)
        gateway = Gateway(self, (profile.parent / "secrets/a.serial").read_text(encoding="utf-8").strip(), wrong)
        (profile.parent / "docs/gateway.md").write_text(GATEWAY_PAPER, encoding="utf-8")
        paper = "  - {id: gateway, clause: [P2-22, P2-23, P2-24, P3-25], file: docs/gateway.md}\n"
        profile = self.profile_with(profile, ("type: network-camera", f"type: {TYPES[0]}"),
                                    ("\nassets:\n", gateway.services() + gateway.clients() + "assets:\n"),
                                    ("documents:\n", "documents:\n" + paper))
        said = self.answers.read_text(encoding="utf-8") + "".join(answer_yes(check) for check in GATEWAY_ANSWERS)
        self.answers = self.folder / "gateway.yaml"
        self.answers.write_text(said, encoding="utf-8")
        with self.params.open("a", encoding="utf-8") as params:
            params.write("  level3_reconnect_watch_ms: {value: 2500, basis: project}\n")
        clauses = {row["clause"] for row in turned_by("beside")} | {"P2-22", "P2-24", "P3-25"}
        return clauses, *self.ask(profile, clauses, 1 if wrong else 2)

    def test_a_sound_gateway_passes(self):
        clauses, done, result = self.gateway(False)
        self.assertEqual(self.verdicts(result, clauses), dict.fromkeys(clauses, "pass"), done.stdout)

    def test_what_stands_beside_the_device_is_found(self):
        _, done, result = self.gateway(True)
        self.assertEqual({name.split("@")[0] for name in with_verdict(result, "fail")},
                         {row["check"] for row in turned_by("beside")}, done.stdout)


class TurnedByDefects(Provisional):
    def turned(self, defect, rows=None):
        rows = rows or [row for row in turned_by("defect") if row["what"] == defect]
        done, result = self.ask(self.stub("--defect", defect).profile, [row["clause"] for row in rows], 1)
        failed = {name.split("@")[0] for name in with_verdict(result, "fail")}
        self.assertEqual(failed, {row["check"] for row in rows}, done.stderr)
        (self.folder / "device.hoshi").unlink()

    def test_on_the_network(self):
        for defect in ("telnet-open", "undeclared-port", "tls10-enabled"):
            self.turned(defect)

    def test_on_a_port_that_is_not_usual(self):
        with self.params.open("a", encoding="utf-8") as params:
            params.write("  scanned_udp_ports: {value: all, basis: project}\n")
        self.turned("undeclared-udp")

    def test_by_asking(self):
        for defect in ("no-lockout", "known-vulnerability", "default-password-common", "path-variant-bypass"):
            self.turned(defect)

    def test_by_what_stops_it(self):
        """A service that has stopped answers no other question: each level asks a unit of its own."""
        for row in turned_by("defect"):
            if row["what"] == "header-hang":
                self.turned("header-hang", [row])

    def test_no_row_is_left_out(self):
        self.assertEqual({row["what"] for row in turned_by("defect")},
                         {"telnet-open", "undeclared-port", "undeclared-udp", "tls10-enabled", "no-lockout",
                          "known-vulnerability", "default-password-common", "path-variant-bypass", "header-hang"})


if __name__ == "__main__":
    unittest.main()
