"""Every command: its help, its machine-readable form, and what it does with a wrong word."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from support import Bench, HOSHITORI, SOURCE, STUB, VERIFY

COMMANDS = sorted(path.stem[len("cmd_"):].replace("_", "-") for path in (SOURCE / "harness/cli").glob("cmd_*.c"))
GOLDEN = SOURCE / "tests/golden"


class Help(Bench):
    """The words that people see are kept in tests/golden; GOLDEN_UPDATE=1 writes them anew."""

    def same_as_kept(self, name, text):
        path = GOLDEN / name
        if os.environ.get("GOLDEN_UPDATE"):
            path.write_text(text, encoding="utf-8")
        self.assertEqual(path.read_text(encoding="utf-8"), text)

    def test_help_of_every_command_in_both_languages(self):
        for language in ("en", "ja"):
            words = "".join(self.command(command, "--help", "--lang", language, code=0).stdout + "\n"
                            for command in COMMANDS)
            words += self.command("--help", "--lang", language, program=VERIFY, code=0).stdout
            self.same_as_kept(f"help.{language}.txt", words)

    def test_every_command_has_an_example_and_exit_codes(self):
        for command in COMMANDS:
            words = self.command(command, "--help", code=0).stdout
            self.assertIn("Example", words, command)
            self.assertIn("Exit codes", words, command)
            self.assertRegex(words, r"--lang ja\|en")

    def test_overview_names_every_command(self):
        words = self.command("--help", code=0).stdout
        for command in COMMANDS:
            self.assertRegex(words, rf"(?m)^  {command} ")
        self.assertEqual(self.command().returncode, 64)

    def test_man_page_names_every_command_and_is_valid_roff(self):
        page = self.command("--man", code=0).stdout
        for command in COMMANDS:
            self.assertIn(f".SS {command}", page)
        if shutil.which("man"):
            checked = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True,
                                     env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "80"})
            self.assertEqual(checked.stderr, "")

    def test_version(self):
        self.assertRegex(self.command("--version", code=0).stdout, r"^hoshitori \d+\.\d+\.\d+\n$")

    def test_language_follows_the_environment(self):
        done = subprocess.run([HOSHITORI, "--help"], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP.UTF-8"})
        self.assertIn("独立したプロジェクト", done.stdout)


class Views(Bench):
    def test_list_probes_declares_facts_with_types(self):
        probes = json.loads(self.command("list", "probes", "--json", code=0).stdout)
        names = [probe["name"] for probe in probes]
        self.assertEqual(names, sorted(names))
        for name in ("tcp_ports", "service_identity", "tls_server", "http_access", "login"):
            self.assertIn(name, names)
        versions = {fact["name"]: fact for probe in probes if probe["name"] == "tls_server" for fact in probe["facts"]}
        self.assertEqual(versions["versions"]["type"], "list of texts")

    def test_list_clauses_and_suites(self):
        clauses = json.loads(self.command("list", "clauses", "--json", code=0).stdout)
        self.assertEqual([clause["id"] for clause in clauses if clause["level"] == 1],
                         [f"S1.1-{number:02}" for number in range(1, 17)])
        self.assertTrue(all(clause["title"]["ja"] and clause["basis"] for clause in clauses))
        suites = json.loads(self.command("list", "suites", "--json", code=0).stdout)
        self.assertEqual(suites[0]["id"], "jc-star-star1")
        self.command("list", "nonsense", code=64)

    def test_the_language_page_is_the_committed_one(self):
        page = (SOURCE / "docs/suite-language.md").read_text(encoding="utf-8")
        self.assertEqual(self.command("list", "language", code=0).stdout, page)

    def test_the_coverage_page_is_the_committed_one(self):
        page = (SOURCE / "docs/coverage.md").read_text(encoding="utf-8")
        self.assertEqual(self.command("list", "coverage", code=0).stdout, page,
                         "print it again: hoshitori list coverage > docs/coverage.md")

    def test_explain_a_clause_a_check_and_a_probe(self):
        clause = self.command("explain", "S1.1-12", code=0).stdout
        for words in ("basis", "how to fix", "RFC 8996", "not yet tested"):
            self.assertIn(words, clause)
        self.assertIn("how to fix", self.command("explain", "S1.1-12/tls-versions", code=0).stdout)
        self.assertIn("certificates", self.command("explain", "tls_server", code=0).stdout)
        self.command("explain", "S9.9-99", code=64)

    def test_doctor_says_what_is_there(self):
        done = self.command("doctor", code=0)
        self.assertRegex(done.stdout, r"probes +\d+ built in")
        self.assertRegex(done.stdout, r"(?m)^(ok|note) +capture +")
        self.assertRegex(done.stdout, r"(?m)^(ok|note) +ML-DSA-65 +")
        self.assertNotIn("timestamps", done.stdout)
        done = self.command("doctor", "--tsa", "http://127.0.0.1:1/", code=0)
        self.assertRegex(done.stdout, r"(?m)^note +timestamps +")

    def test_stub_lists_its_defects(self):
        done = self.command("--list", "--json", program=STUB, code=0)
        self.assertIn("tls10-enabled", done.stdout)


class ByHand(Bench):
    def test_probe_json_is_one_sorted_line(self):
        stub = self.stub()
        done = self.command("probe", "tls_server", "--target", f"127.0.0.1:{stub.ports['admin']}", "--json", code=0)
        self.assertEqual(done.stdout.count("\n"), 1)
        seen = json.loads(done.stdout)
        self.assertEqual(list(seen), sorted(seen))
        self.assertEqual(seen["status"], "observed")
        self.assertEqual(seen["target"], {"host": "127.0.0.1", "port": stub.ports["admin"]})
        self.assertEqual(seen["facts"]["versions"], ["TLSv1.2", "TLSv1.3"])

    def test_probe_for_people(self):
        stub = self.stub()
        done = self.command("probe", "tls_server", "--target", f"127.0.0.1:{stub.ports['admin']}", code=0)
        self.assertRegex(done.stdout, r"versions +TLSv1.2, TLSv1.3")

    def test_probe_with_the_subject_of_a_profile(self):
        stub = self.stub()
        done = self.command("probe", "http_access", "--profile", stub.profile, "--access", "settings@admin",
                            "--param", "as=nobody", "--param", "request=read", "--json", code=0)
        self.assertIs(json.loads(done.stdout)["facts"]["granted"], False)
        self.command("probe", "http_access", "--profile", stub.profile, "--access", "nothing", code=64)

    def test_nobody_there_and_wrong_words(self):
        self.command("probe", "tls_server", "--target", "127.0.0.1:1", code=69)
        self.command("probe", "tls_server", "--target", "127.0.0.1", code=64)
        self.command("probe", "nonsense", "--target", "127.0.0.1:1", code=64)
        self.command("probe", "tls_server", "--target", "127.0.0.1:70000", code=64)
        self.command("probe", "tls_server", "--target", "[::1", code=64)
        self.command("probe", "tcp_ports", "--target", "127.0.0.1", "--param", "ports=0", code=65)
        self.command("probe", "tcp_ports", "--target", "127.0.0.1", "--param", "colour=red", code=65)


class Keys(Bench):
    def test_a_key_is_its_owners_alone_and_never_overwritten(self):
        self.assertEqual(self.key.stat().st_mode & 0o777, 0o600)
        shown = self.command("key", "show", f"{self.key}.pub", code=0).stdout
        self.assertRegex(shown, r"^[0-9a-f]{64}\n$")
        before = self.key.read_bytes()
        self.assertNotEqual(self.command("key", "new", "--no-passphrase", str(self.key)).returncode, 0)
        self.assertEqual(self.key.read_bytes(), before)

    def test_a_passphrase_from_the_environment(self):
        path = self.folder / "locked.key"
        env = {**os.environ, "HOSHITORI_PASSPHRASE": "correct horse"}
        subprocess.run([HOSHITORI, "key", "new", str(path)], env=env, check=True, capture_output=True)
        self.assertIn(b"ENCRYPTED", path.read_bytes())
        stub = self.stub()
        out = self.folder / "out.hoshi"
        words = [HOSHITORI, "run", "--profile", stub.profile, "--key", str(path), "--out", str(out), "--yes",
                 "--only", "S1.1-12", "--progress", "none"]
        wrong = subprocess.run(words, env={**env, "HOSHITORI_PASSPHRASE": "battery"}, capture_output=True, text=True)
        self.assertEqual(wrong.returncode, 65)
        self.assertNotIn("battery", wrong.stderr)
        self.assertFalse(out.exists())
        right = subprocess.run(words, env=env, capture_output=True, text=True)
        self.assertEqual(right.returncode, 2, right.stderr)
        self.command("verify", str(out), "--signer", f"{path}.pub", code=0)

    def test_a_second_signature_where_the_system_can_make_one(self):
        pq, out, late = (self.folder / name for name in ("pq.key", "out.hoshi", "late.hoshi"))
        made = self.command("key", "new", "--algorithm", "ml-dsa-65", "--no-passphrase", str(pq))
        stub = self.stub()
        run = ["run", "--profile", stub.profile, "--key", str(self.key), "--yes", "--only", "S1.1-12", "--progress", "none"]
        both = self.command(*run, "--out", str(out), "--pq-key", str(pq))
        if made.returncode != 0:
            for refused in (made, both):
                self.assertEqual(refused.returncode, 65)
                self.assertIn("ML-DSA-65 is not available on this system", refused.stderr)
            self.assertFalse(pq.exists() or out.exists() or out.with_name("out.hoshi.partial").exists())
            return
        self.assertEqual(both.returncode, 2, both.stderr)
        subprocess.run(["openssl", "pkey", "-in", str(pq), "-noout"], check=True)
        self.assertEqual(self.command("key", "show", f"{pq}.pub", code=0).stdout, made.stdout)
        plain = self.folder / "plain.hoshi"
        self.assertEqual(self.command(*run, "--out", str(plain)).returncode, 2)
        words = ["--key", str(pq), "--beside", f"{self.key}.pub"]
        self.command("cosign", str(plain), *words, "--out", str(late), code=0)
        for bundle in (out, late):
            report = json.loads(self.command("verify", str(bundle), "--signer", f"{self.key}.pub", "--json", code=0).stdout)
            self.assertEqual([one["keyid"] + "\n" for one in report["post_quantum"]], [made.stdout] * 2)
        self.command("cosign", str(late), *words, "--out", str(self.folder / "again.hoshi"), code=65)


class NewProbe(Bench):
    def test_the_skeleton_compiles_and_is_whole(self):
        (self.folder / "harness/probes").mkdir(parents=True)
        self.command("new", "probe", "modbus_identity", "--source", str(self.folder), code=0)
        folder = self.folder / "harness/probes/modbus_identity"
        for name in ("probe.c", "answer.c", "answer.h", "probe_test.c", "probe_fuzz.c", "README.md", "fixtures"):
            self.assertTrue((folder / name).exists(), name)
        flags = ["-std=gnu17", "-D_GNU_SOURCE", f"-I{SOURCE / 'harness'}", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                 "-Wconversion", "-Werror", "-fsyntax-only"]
        for name in ("probe.c", "answer.c", "probe_fuzz.c"):
            subprocess.run(["cc", *flags, str(folder / name)], check=True)
        self.command("new", "probe", "modbus_identity", "--source", str(self.folder), code=65)
        for wrong in ("Modbus", "a/b", "", "../x"):
            self.command("new", "probe", wrong, "--source", str(self.folder), code=64)
        self.command("new", "suite", "x", code=64)


class Progress(Bench):
    def test_json_progress_is_a_line_an_event(self):
        stub = self.stub()
        out = self.folder / "out.hoshi"
        words = self.run_words(stub.profile, out, "--only", "S1.1-12")
        words[words.index("plain")] = "json"
        done = self.command(*words, code=2)
        events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        judged = [event for event in events if event["event"] == "judged"]
        self.assertEqual(judged[-1]["judged"], judged[-1]["planned"])
        self.assertTrue(all(event["verdict"] == "pass" for event in judged))

    def test_live_progress_on_a_terminal(self):
        if not shutil.which("script"):
            self.skipTest("no script(1)")
        stub = self.stub()
        out = self.folder / "out.hoshi"
        words = self.run_words(stub.profile, out, "--only", "S1.1-12")
        words[words.index("plain")] = "auto"
        line = " ".join(f"'{word}'" for word in [HOSHITORI, *words])
        done = subprocess.run(["script", "-qec", line, "/dev/null"], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"})
        self.assertIn("\x1b[K[", done.stdout)
        self.assertIn("○", done.stdout)

    def test_without_yes_and_without_a_person_nothing_is_sent(self):
        stub = self.stub()
        words = [word for word in self.run_words(stub.profile, self.folder / "out.hoshi") if word != "--yes"]
        done = self.command(*words, code=64)
        self.assertIn("--yes", done.stderr)


if __name__ == "__main__":
    unittest.main()
