"""A person is asked at a terminal, or has written the answers down, or is not there."""
import json
import os
import pty
import select
import time
import zipfile

from support import ANSWERS, Bench, HOSHITORI, checks

DECLARED, OTHERS = "S1.1-13/interface-as-declared", "S1.1-13/no-other-interfaces"
SECONDS = 60


class Terminal:
    """A program with a terminal of its own, and somebody who types when he is asked."""

    def __init__(self, words, replies):
        """replies: [(what is seen, what is then typed)]; a list is typed one by one, its last again and again."""
        self.text, self.replies, self.seen = "", replies, 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", LANG="C.UTF-8", LC_ALL="")
            os.execv(HOSHITORI, [HOSHITORI, *words])
        self.code = self.attend()

    def attend(self):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    got = os.read(self.fd, 65536)
                except OSError:
                    break
                if not got:
                    break
                self.text += got.decode("utf-8", "replace")
                self.reply()
        else:
            os.kill(self.pid, 9)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)

    def reply(self):
        found = [(self.text.find(words, self.seen), words, typed) for words, typed in self.replies]
        found = sorted((one for one in found if one[0] >= 0), key=lambda one: (one[0], -len(one[1])))
        if found and "\n> " in self.text[found[0][0]:]:
            at, words, typed = found[0]
            self.seen = at + len(words)
            if isinstance(typed, list):
                typed = typed.pop(0) if len(typed) > 1 else typed[0]
            os.write(self.fd, typed.encode() + b"\n")


class Person(Bench):
    def asked(self, name, replies, profile):
        out = self.folder / name
        terminal = Terminal(["run", "--profile", str(profile), "--key", str(self.key), "--out", str(out), "--yes",
                             "--only", DECLARED, "--only", OTHERS], replies)
        shown = self.command("show", str(out), "--signer", f"{self.key}.pub", "--json", code=0)
        return terminal, json.loads(shown.stdout), out

    def test_somebody_at_the_terminal_answers(self):
        terminal, result, out = self.asked(
            "typed.hoshi", [("Look at the unit: is its", "yes"), ("Look at the unit and", "none")], self.stub().profile)
        self.assertEqual(terminal.code, 2)
        verdicts = {name: check["verdict"] for name, check in checks(result).items()
                    if name.startswith((DECLARED + "@", OTHERS + "@"))}
        self.assertEqual(set(verdicts.values()), {"pass"}, terminal.text)
        self.assertGreaterEqual(len(verdicts), 4)
        for words in ("確認 / please look", "実機を確認してください", "残り", "s left"):
            self.assertIn(words, terminal.text)
        with zipfile.ZipFile(out) as bundle:
            events = [json.loads(line) for line in bundle.read("log/events.jsonl").splitlines()]
        levers = [event["data"] for event in events if event["kind"] == "lever"]
        self.assertEqual({(one["lever"], one["by"], one["word"]) for one in levers}, {("question", "person", "done")})

    def test_an_answer_that_contradicts_the_declaration_fails(self):
        terminal, result, _ = self.asked(
            "no.hoshi", [("Look at the unit: is its interface usb", "no"), ("Look at the unit: is its", "yes"),
                         ("Look at the unit and", ["what", "other"])], self.stub().profile)
        self.assertEqual(terminal.code, 1, terminal.text)
        self.assertEqual(checks(result)[f"{DECLARED}@usb"]["verdict"], "fail")
        self.assertEqual(checks(result)[f"{OTHERS}@127.0.0.1"]["verdict"], "fail")

    def test_what_was_written_down_counts_and_is_in_the_bundle(self):
        stub = self.stub()
        _, result = self.run_device(stub.profile, "--only", DECLARED, "--only", OTHERS, code=2)
        self.assertEqual(checks(result)[f"{DECLARED}@usb"]["verdict"], "pass")
        with zipfile.ZipFile(self.folder / "device.hoshi") as bundle:
            self.assertEqual(bundle.read("run/answers.yaml"), ANSWERS.read_bytes())
            self.assertIn("answers", json.loads(bundle.read("run/harness.json"))["digests"])
        contradiction = self.folder / "answers.yaml"
        contradiction.write_text(ANSWERS.read_text(encoding="utf-8").replace("answer: none", "answer: other"),
                                 encoding="utf-8")
        _, result = self.run_device(stub.profile, "--only", OTHERS, "--answers", str(contradiction), code=1, name="b.hoshi")
        self.assertEqual(checks(result)[f"{OTHERS}@127.0.0.1"]["verdict"], "fail")
        contradiction.write_text(contradiction.read_text(encoding="utf-8").replace("no-other", "no-such"), encoding="utf-8")
        done, _ = self.run_device(stub.profile, "--only", OTHERS, "--answers", str(contradiction), code=65, name="c.hoshi")
        self.assertIn("the suite has no check 'S1.1-13/no-such-interfaces'", done.stderr)

    def test_a_slip_of_the_pen_is_said_before_the_run(self):
        stub, slip = self.stub(), self.folder / "slip.yaml"
        whole = ANSWERS.read_text(encoding="utf-8")
        for was, written, words in (
                ("answer: none", "answer: \"yes\"", f"'yes' is none of the answers that there are to {OTHERS}@"),
                (f"{DECLARED},", f"{DECLARED}@usbb,", f"no such subject: {DECLARED}@usbb"),
                (f"{DECLARED},", "S1.1-12/tls-versions,", "S1.1-12/tls-versions asks nobody anything"),
                (f"{DECLARED}, answer: \"yes\"", "S1.1-07/procedure, answer: maybe", "'maybe' is none of the answers that there are"),
                ("2026-11-21", "2999-01-01", "2999-01-01 is a day to come"),
                ("answer: none,", "answer: none, file: no-such.jpg,", "no-such.jpg' cannot be read")):
            self.assertIn(was, whole)
            slip.write_text(whole.replace(was, written, 1), encoding="utf-8")
            done = self.command("run", "--profile", stub.profile, "--key", str(self.key), "--out", str(self.folder / "no.hoshi"),
                                "--yes", "--answers", str(slip), code=65)
            self.assertIn(words, done.stderr)
            self.assertFalse((self.folder / "no.hoshi").exists())
        slip.write_text(whole.replace(DECLARED, "S1.1-07/procedure", 1), encoding="utf-8")
        self.run_device(stub.profile, "--only", "S1.1-07/procedure", "--answers", str(slip), code=2)  # of a reviewer

    def test_a_tool_that_is_not_installed_is_said_before_the_run(self):
        profile = self.profile_with(self.stub().profile, ("\nproduct:", "\ncontrol:\n  power_cycle: {command: [tools/no-such]}\nproduct:"))
        done = self.command("run", "--profile", str(profile), "--key", str(self.key), "--out", str(self.folder / "no.hoshi"),
                            "--yes", code=65)
        self.assertIn("the lever power_cycle cannot be started", done.stderr)

    def test_nobody_is_asked_where_nobody_is(self):
        out = self.folder / "nobody.hoshi"
        self.command("run", "--profile", self.stub().profile, "--key", str(self.key), "--out", str(out), "--yes",
                     "--progress", "plain", "--only", OTHERS, code=2)
        shown = self.command("show", str(out), "--signer", f"{self.key}.pub", "--json", code=0)
        self.assertEqual(checks(json.loads(shown.stdout))[f"{OTHERS}@127.0.0.1"]["verdict"], "review")

    def test_a_lever_that_a_person_moves(self):
        profile = self.profile_with(self.stub().profile, ("\nproduct:", "\ncontrol:\n  power_cycle: {person: {ja: 抜き差し, en: "
                                                          "unplug it}, within_s: 2}\n  settle_s: 1\nproduct:"))
        for typed, code, words in (("done", 0, "power_cycle: done"), ("refused", 1, "the device refused"),
                                   ("later", 70, "could not do it"), ("", 70, "nobody answered in time")):
            terminal = Terminal(["lever", str(profile), "power_cycle"], [("unplug it", typed)])
            self.assertEqual(terminal.code, code, terminal.text)
            self.assertIn(words, terminal.text)
        done = self.command("lever", str(profile), "power_cycle", code=70)
        self.assertIn("no terminal", done.stdout)
