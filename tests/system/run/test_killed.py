"""kill -9 at any moment of a run's life: the log that is left is good as far as it goes, and --resume ends with a bundle
that shows the interruption. Full disks, two at once, and folders that a kill left behind."""
import base64
import hashlib
import json
import pathlib
import random
import resource
import shutil
import subprocess
import threading
import time
import unittest
import zipfile

from support import Bench, HOSHITORI, checks

MOMENTS = 50
SEED = 20261121
QUICK = ["--only", "S1.1-01/read-without-credentials", "--only", "S1.1-01/session-after-logout"]
CHANGING = ["--only", "S1.1-01/change-without-login", *QUICK]


def events_of(path):
    """The events of a log by an account of our own: chain checked here, a torn last line left out."""
    lines = path.read_bytes().split(b"\n")
    previous = "0" * 64
    events = []
    for number, line in enumerate(lines[:-1], 1):
        event = json.loads(line)
        assert (event["seq"], event["prev"]) == (number, previous), (path, number)
        previous = hashlib.sha256(line).hexdigest()
        events.append(event)
    return events


def run_statement(out):
    with zipfile.ZipFile(out) as archive:
        signed = json.loads(archive.read("META-INF/att/01-vendor-run.sigstore.json"))
    return json.loads(base64.b64decode(signed["dsseEnvelope"]["payload"]))["predicate"]


class Killed(Bench):
    def start(self, *words):
        return subprocess.Popen([HOSHITORI, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def kill_at(self, process, moment, folder):
        """moment: seconds from the start, or ("sealing", seconds after it began)."""
        until = time.monotonic() + 20
        if isinstance(moment, tuple):
            log = folder / "events.jsonl"
            while process.poll() is None and time.monotonic() < until:
                if log.exists() and b"run-closed" in log.read_bytes()[-600:]:
                    break
                time.sleep(0.0005)
            moment = moment[1]
        time.sleep(moment)
        process.kill()
        process.communicate(timeout=30)

    def look_at_what_is_left(self, out, folder):
        """True when there is a run to go on with; its log is good as far as it goes."""
        if not folder.exists():
            return False
        if not (folder / "events.jsonl").exists():
            self.assertTrue(out.exists(), "a log goes last, and only behind its bundle")
            return True
        self.assertEqual(events_of(folder / "events.jsonl")[0]["kind"], "run-opened")
        shown = self.command("verify", str(folder), "--json")
        report = json.loads(shown.stdout)
        self.assertEqual(shown.returncode, 2 if report["whole"] else 1) # killed while the folder was removed
        self.assertEqual((report["chain"], report["whole"] or out.exists()), ("unbroken", True))
        return True

    def resume(self, out, folder):
        sealed = out.exists()
        done = self.command("run", "--resume", str(folder), "--yes", "--progress", "none", code=2)
        self.assertEqual("sealed already" in done.stderr, sealed, done.stderr)
        self.assertFalse(folder.exists())
        self.command("verify", str(out), "--signer", f"{self.key}.pub", code=0)
        return sealed

    def shows(self, out, kills):
        """Every interruption in the log, in the result and in the signed statement."""
        with zipfile.ZipFile(out) as archive:
            log = archive.read("log/events.jsonl")
            result = json.loads(archive.read("run/result.json"))
            names = set(archive.namelist())
        kinds = [json.loads(line) for line in log.splitlines()]
        self.assertEqual([event["kind"] for event in kinds].count("run-resumed"), kills)
        self.assertEqual(result["interruptions"], kills)
        self.assertEqual(run_statement(out)["interruptions"], kills)
        for name, check in checks(result).items():
            begun = [event["data"]["attempt"] for event in kinds
                     if event["kind"] == "check-started" and event["check"] == name]
            self.assertEqual(begun, list(range(1, check.get("attempt", 0) + 1)), name)
            earlier = [attempt["attempt"] for attempt in check.get("earlier_attempts", [])]
            self.assertEqual(earlier, begun[:-1], name)
        said = {event["data"]["path"] for event in kinds if event["kind"] == "transcript"}
        self.assertLessEqual(said, names, "also the transcripts of attempts that were cut short")

    def one(self, number, device, moments, told):
        folder_of_one = self.folder / f"kill-{number}"
        folder_of_one.mkdir()
        out = folder_of_one / "device.hoshi"
        partial = pathlib.Path(f"{out}.partial")
        only = CHANGING if number % 10 == 3 else QUICK
        words = self.run_words(device.profile, out, *only)
        kills = 0
        for moment in moments:
            process = self.start(*words)
            self.kill_at(process, moment, partial)
            if not self.look_at_what_is_left(out, partial):
                break
            words = ["run", "--resume", str(partial), "--yes", "--progress", "none"]
            kills += 1
        if partial.exists():
            sealed = self.resume(out, partial)
            with zipfile.ZipFile(out) as archive:
                kills = archive.read("log/events.jsonl").count(b'"kind":"run-resumed"')
            self.assertTrue(sealed or kills > 0)
            self.shows(out, kills)
            told.append("sealed" if sealed else "resumed")
        elif out.exists():
            self.command("verify", str(out), "--signer", f"{self.key}.pub", code=0)
            told.append("ended")
        else: # nothing was opened: the name is free
            self.command(*self.run_words(device.profile, out, *QUICK), code=2)
            told.append("not begun")
        self.assertEqual([path.name for path in folder_of_one.iterdir()], ["device.hoshi"])
        shutil.rmtree(folder_of_one)

    def moments(self):
        dice = random.Random(SEED)
        device = self.stub()
        began = time.monotonic()
        self.command(*self.run_words(device.profile, self.folder / "timed.hoshi", *QUICK), code=2)
        whole = time.monotonic() - began
        plans = []
        while sum(map(len, plans)) < MOMENTS:
            first = ("sealing", dice.uniform(0, 0.12)) if len(plans) % 4 == 0 else dice.uniform(0, whole)
            plans.append([first] if len(plans) % 5 else [first, dice.uniform(0, whole)])
        return plans

    def test_at_any_moment(self):
        plans = list(enumerate(self.moments()))
        failures, told = [], []

        def work(device):
            while plans and not failures:
                number, moments = plans.pop()
                try:
                    self.one(number, device, moments, told)
                except BaseException as failure: # of a thread: told by the test below
                    failures.append((number, moments, repr(failure)))

        workers = [threading.Thread(target=work, args=(self.stub(),)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertFalse(failures, str(failures)[:2000])
        self.assertGreater(told.count("resumed"), MOMENTS // 3, told)

    def test_a_folder_that_outlived_its_bundle(self):
        """The kill between the bundle's name and the end of the folder, at each step of it."""
        device = self.stub()
        out = self.folder / "device.hoshi"
        partial = pathlib.Path(f"{out}.partial")
        process = self.start(*self.run_words(device.profile, out, *QUICK))
        self.kill_at(process, ("sealing", 0), partial)
        kept = self.folder / "kept"
        shutil.copytree(partial, kept)
        self.resume(out, partial)
        for step in ("whole", "without wire", "empty"):
            shutil.copytree(kept, partial)
            if step != "whole":
                shutil.rmtree(partial / "wire")
            if step == "empty":
                shutil.rmtree(partial)
                partial.mkdir()
            self.assertTrue(self.resume(out, partial), step)
        shutil.copytree(kept, partial)
        out.unlink()
        out.write_bytes(b"something else")
        done = self.command("run", "--resume", str(partial), "--yes", code=65)
        self.assertIn("does not verify", done.stderr)
        self.assertTrue((partial / "events.jsonl").exists())
        self.assertEqual(out.read_bytes(), b"something else")

    def test_two_at_once(self):
        device = self.stub()
        out = self.folder / "device.hoshi"
        partial = pathlib.Path(f"{out}.partial")
        process = self.start(*self.run_words(device.profile, out, "--only", "S1.1-13"))
        until = time.monotonic() + 20
        while not partial.exists() and time.monotonic() < until:
            time.sleep(0.01)
        began = time.monotonic()
        self.assertIn("another run", self.command("run", "--resume", str(partial), "--yes", code=65).stderr)
        again = self.command(*self.run_words(device.profile, out, *QUICK), code=65)
        self.assertIn("is there already", again.stderr)
        self.assertLess(time.monotonic() - began, 10, "nobody waits for a run that is at work")
        self.command("show", str(partial), code=2)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2)
        self.command("verify", str(out), "--signer", f"{self.key}.pub", code=0)

    def limited(self, words, size):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return self.command(*words, preexec_fn=limit)

    def test_a_full_disk(self):
        """A ceiling on file sizes stands in: the log, a transcript or the bundle meets it, by its size."""
        device = self.stub()
        for size in (3000, 20000, 60000):
            out = self.folder / f"full-{size}.hoshi"
            partial = pathlib.Path(f"{out}.partial")
            done = self.limited(self.run_words(device.profile, out, *QUICK), size)
            self.assertEqual(done.returncode, 70, f"{size}: {done.stderr}")
            self.assertFalse(out.exists())
            if partial.exists():
                self.assertIn("--resume", done.stderr)
                self.look_at_what_is_left(out, partial)
                self.resume(out, partial)

    def test_no_room_on_the_device(self):
        device = self.stub()
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", str(small)])
        out = small / "device.hoshi"
        done = self.command(*self.run_words(device.profile, out, *QUICK), code=70)
        self.assertIn("No space", done.stderr)
        partial = pathlib.Path(f"{out}.partial")
        self.look_at_what_is_left(out, partial)
        subprocess.run(["mount", "-o", "remount,size=4m", str(small)], check=True)
        self.resume(out, partial)

    def test_what_a_stranger_put_there(self):
        nothing = self.folder / "nothing.partial"
        nothing.mkdir()
        for words in (["run", "--resume", str(nothing), "--yes"], ["show", str(nothing)]):
            self.assertIn("holds no run", self.command(*words, code=65).stderr)
        self.command("verify", str(nothing), code=4)
        (nothing / "events.jsonl").write_text("{}\n", encoding="utf-8")
        self.command("verify", str(nothing), code=1)
        self.command("show", str(nothing), code=65)
        self.command("run", "--resume", str(nothing), "--yes", code=65)
        self.command("run", "--resume", str(self.folder / "none"), "--yes", code=65)


if __name__ == "__main__":
    unittest.main()
