"""What the system tests share: a stub to test against, and hoshitori to test it with."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["HOSHITORI_BUILD"])
SOURCE = pathlib.Path(os.environ["HOSHITORI_SOURCE"])
HOSHITORI = str(BUILD / "hoshitori")
VERIFY = str(BUILD / "hoshitori-verify")
STUB = str(BUILD / "hoshitori-stub")
RUN_SECONDS = 240
ANSWERS = SOURCE / "profiles" / "reference-camera" / "answers.yaml"


class Stub:
    """A reference device that runs until it is stopped."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen([STUB, "camera", "--state", str(folder), "--seed", "7", *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.ready = json.loads(line)
        self.profile = self.ready["profile"]
        self.ports = {service["name"]: service["port"] for service in self.ready["services"]}

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Bench(unittest.TestCase):
    """One folder, one key, and stubs that end with the test."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hoshitori-system-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.key = self.folder / "vendor.key"
        self.command("key", "new", "--no-passphrase", str(self.key), code=0)

    def stub(self, *arguments):
        state = pathlib.Path(tempfile.mkdtemp(dir=self.folder, prefix="stub-"))
        stub = Stub(state, *arguments)
        self.addCleanup(stub.kill)
        return stub

    def command(self, *words, code=None, program=HOSHITORI, own=None, **more):
        """Runs one command, with variables of its own; its exit code is asserted when one is given."""
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=RUN_SECONDS,
                              stdin=subprocess.DEVNULL, env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "", **(own or {})}, **more)
        if code is not None:
            self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def run_words(self, profile, out, *more):
        return ["run", "--profile", str(profile), "--key", str(self.key), "--out", str(out), "--yes",
                "--progress", "plain", *(() if "--answers" in more else ("--answers", str(ANSWERS))), *more]

    def run_device(self, profile, *more, code=None, name="device.hoshi"):
        """A whole run; gives (finished command, result as `show --json` prints it)."""
        out = self.folder / name
        done = self.command(*self.run_words(profile, out, *more), code=code)
        if not out.exists():
            return done, None
        shown = self.command("show", str(out), "--signer", f"{self.key}.pub", "--json", code=0)
        return done, json.loads(shown.stdout)

    def profile_with(self, profile, *replacements, name="profile.yaml"):
        """A copy of a profile, beside the original (its relative paths still hold), with texts replaced."""
        text = pathlib.Path(profile).read_text(encoding="utf-8")
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        copy = pathlib.Path(profile).with_name("changed-" + name)
        copy.write_text(text, encoding="utf-8")
        return copy


def checks(result):
    """Every check of a result by its id."""
    return {check["id"]: check for clause in result["clauses"] for check in clause["checks"]}


def with_verdict(result, verdict):
    return sorted(name for name, check in checks(result).items() if check["verdict"] == verdict)
