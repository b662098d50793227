"""A run that pulls levers is interrupted at random moments: the unit comes back to what it was, by itself."""
import hashlib
import os
import pathlib
import random
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from support import Bench, HOSHITORI

INTERRUPTIONS = int(os.environ.get("HOSHITORI_INTERRUPTIONS", "4"))
SEED = int(os.environ.get("HOSHITORI_SEED", "20261122"))
CLAUSES = os.environ.get("HOSHITORI_CLAUSES", "S1.1-03 S1.1-06 S1.1-08 S1.1-14 S1.1-15").split()
LONGEST_S = float(os.environ.get("HOSHITORI_LONGEST_S", "9"))
SECONDS_TO_RECOVER = 60


def flash_of(state):
    """What the unit keeps without power: its memory, its slots and its keys."""
    digest = {}
    for path in sorted(pathlib.Path(state).rglob("*")):
        name = str(path.relative_to(state))
        if path.is_file() and name.split("/")[0] in ("unit.json", "boot", "slot-a.img", "slot-b.img", "keys", "certs"):
            digest[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest


class FirstState(Bench):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.unit = self.stub("--bench")
        self.state = pathlib.Path(self.unit.profile).parent
        self.first = self.settled()

    def alive(self):
        """The declared device answers, with the version that it began with."""
        context = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{self.unit.ports['admin']}/api/version", timeout=2, context=context) as answer:
                return answer.read()
        except (OSError, urllib.error.URLError):
            return None

    def settled(self):
        """Its state once nothing has moved for half a second."""
        until = time.monotonic() + SECONDS_TO_RECOVER
        before = None
        while time.monotonic() < until:
            now = (flash_of(self.state), self.alive())
            if now == before and now[1] is not None:
                return now
            before = now
            time.sleep(0.5)
        self.fail(f"the unit does not settle: {before}")

    def comes_back(self, words):
        until = time.monotonic() + SECONDS_TO_RECOVER
        now = None
        while time.monotonic() < until:
            now = (flash_of(self.state), self.alive())
            if now == self.first:
                return
            time.sleep(0.2)
        changed = sorted(name for name in {*now[0], *self.first[0]} if now[0].get(name) != self.first[0].get(name))
        self.fail(f"{words}: after {SECONDS_TO_RECOVER} s {changed or 'nothing'} differs in its memory, it answers {now[1]}")

    def interrupt(self, number):
        out = self.folder / f"{number}.hoshi"
        only = [word for clause in CLAUSES for word in ("--only", clause)]
        with open(self.folder / "words", "w", encoding="utf-8") as words:
            process = subprocess.Popen([HOSHITORI, *self.run_words(self.unit.profile, out, *only)], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=words, start_new_session=True)
        moment = self.random.uniform(0, LONGEST_S)
        how = self.random.choice(["kill", "kill", "group", "interrupt", "terminate"])
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            if how == "group":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.send_signal({"kill": signal.SIGKILL, "interrupt": signal.SIGINT, "terminate": signal.SIGTERM}[how])
        code = process.wait(timeout=120)
        self.assertIn(code, (-signal.SIGKILL, 0, 1, 2, 130), (self.folder / "words").read_text(encoding="utf-8"))
        self.comes_back(f"{how} after {moment:.2f} s (number {number}, seed {SEED})")
        out.unlink(missing_ok=True)
        shutil.rmtree(f"{out}.partial", ignore_errors=True)

    def test_every_interruption_leaves_the_first_state(self):
        for number in range(INTERRUPTIONS):
            self.interrupt(number)
            if number % 20 == 19:
                print(f"{number + 1} of {INTERRUPTIONS}", flush=True)
