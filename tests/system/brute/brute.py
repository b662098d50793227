"""The brute_force probe against devices whose rule is known: nginx with limits of a rate, and the reference camera with
several lock-outs, mosquitto and OpenSSH behind a gate or a guard. Guesses a day must be the rule's, within a tenth.

Usage: brute.py camera|nginx|mosquitto|sshd --hoshitori PROGRAM --stub PROGRAM
Exit 77: the daemon is not installed.
Packages: nginx-light, mosquitto, openssh-server
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

import mosquitto  # noqa: E402
import nginx  # noqa: E402
import openssh  # noqa: E402
from box import ADDRESS, Box, Missing, write_profile  # noqa: E402

DAY_S = 86400
ZONE = "limit_req_zone $binary_remote_addr zone=a:1m rate={rate};"


class Bench:
    def __init__(self, program, stub, folder):
        self.program = program
        self.stub = stub
        self.folder = folder

    def place(self):
        return tempfile.mkdtemp(dir=self.folder)

    def probe(self, profile, auth, **params):
        command = [self.program, "probe", "brute_force", "--profile", profile, "--auth", auth, "--json"]
        for key, value in params.items():
            command += ["--param", f"{key}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)["facts"]

    def daemon(self, start, gate, **params):
        """`start`(box): its profile. `gate`(port, box): what stands before it, or None."""
        box = Box(self.place())
        try:
            profile = start(box)
            service, auth = profile["services"][0], profile["auth"][0]["id"]
            if gate is None:
                return self.probe(write_profile(box, profile), auth, **params)
            with gate(service["port"], box) as guarded:
                service["port"] = guarded.port
                return self.probe(write_profile(box, profile), auth, **params)
        finally:
            box.stop()

    def nginx(self, zone="", limit="", status=503, **params):
        location = nginx.BEHIND_BASIC.replace("{{ ", f"{{{{ {limit} limit_req_status {status}; ", 1)
        return self.daemon(lambda box: nginx.start(box, box.password(), location, more=zone), None, **params)

    def mosquitto(self, gap_s, **params):
        return self.daemon(lambda box: mosquitto.start(box, mosquitto.Broker()), lambda port, _: Gate(port, gap_s), **params)

    def sshd(self, gate, more="", **params):
        return self.daemon(lambda box: openssh.start(box, more=more), gate, **params)

    def camera(self, *options, **params):
        stub = subprocess.Popen([self.stub, "camera", "--state", self.place(), "--seed", "7", *options],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            profile = json.loads(stub.stdout.readline())["profile"]
            return self.probe(profile, "admin-login", **params)
        finally:
            stub.terminate()
            stub.wait()


class Gate:
    """Lets visitors through to a port, one in every gap_s seconds; the others wait their turn.

    Where the client speaks first, those who have not begun to speak are not counted."""

    def __init__(self, behind, gap_s, client_first=True):
        self.behind, self.gap_s, self.client_first = behind, gap_s, client_first
        self.turn, self.next = threading.Lock(), time.monotonic()
        self.listener = socket.create_server((ADDRESS, 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.admit, args=(near,), daemon=True).start()

    def admit(self, near):
        with near:
            first = near.recv(4096) if self.client_first else b""
            if first or not self.client_first:
                with self.turn:
                    time.sleep(max(0, self.next - time.monotonic()))
                    self.next = time.monotonic() + self.gap_s
                self.join(near, first)

    def join(self, near, first):
        with socket.create_connection((ADDRESS, self.behind)) as far:
            far.sendall(first)
            back = threading.Thread(target=carry, args=(far, near), daemon=True)
            back.start()
            carry(near, far)
            back.join()


class Guard(Gate):
    """Turns everybody away for ban_s seconds after so many failed log-ins in sshd's words, as Fail2ban does."""

    def __init__(self, behind, box, failures, ban_s):
        super().__init__(behind, 0, client_first=False)
        self.log, self.failures, self.ban_s = box.folder / "sshd-0.log", failures, ban_s
        self.seen, self.banned_until = 0, 0.0

    def admit(self, near):
        with self.turn:
            now = time.monotonic()
            failed = self.log.read_text(encoding="utf-8", errors="replace").count("Failed password")
            if now >= self.banned_until and failed - self.seen >= self.failures:
                self.seen, self.banned_until = failed, now + self.ban_s
            banned = now < self.banned_until
        if banned:
            near.close()
        else:
            super().admit(near)


def carry(source, sink):
    try:
        while data := source.recv(4096):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def locked_day(after, delay_s, max_s):
    """Wrong log-ins that an account of the camera looks at in 24 hours, counted one by one."""
    guesses, passed_s, lock_s = after, 0, delay_s
    while passed_s + lock_s <= DAY_S:
        passed_s += lock_s
        lock_s = min(2 * lock_s, max_s)
        guesses += 1
    return guesses


def is_true(truth, **more):
    """Within a tenth of the truth, with these facts, and the account as it was."""
    def compare(facts):
        seen = facts.get("guesses_per_day", -1)
        if not truth * 0.9 <= seen <= truth * 1.1:
            yield f"{seen} a day where {truth} is true"
        wanted = {"right_login_before": True, "right_login_after": True, "account_left_locked": False, "complete": True}
        yield from has(**wanted, **more)(facts)
    return compare


def has(**wanted):
    def compare(facts):
        for name, value in wanted.items():
            if facts.get(name) != value:
                yield f"{name} is {facts.get(name)}, not {value}"
    return compare


def more_than(least, **wanted):
    def compare(facts):
        if facts["guesses_per_day"] <= least:
            yield f"only {facts['guesses_per_day']} a day"
        yield from has(**wanted)(facts)
    return compare


def camera_cases(bench):
    yield ("the sound camera", bench.camera, (), {},
           is_true(locked_day(10, 1, 3600), guesses_bound="extrapolated", locks_seconds=[1, 2, 4], limit="growing lock",
                   limit_of="account", other_ways_locked=["snapshot-login", "stream-login"], other_ways_open=[]))
    yield ("always the same lock", bench.camera, ("--lockout", "5:2:2"), {},
           is_true(locked_day(5, 2, 2), guesses_bound="measured", limit="lock"))
    yield ("a lock that stops growing", bench.camera, ("--lockout", "3:1:8"), {}, is_true(locked_day(3, 1, 8)))
    yield ("a late lock", bench.camera, ("--lockout", "18:1:3600"), {"attempts": 36}, is_true(locked_day(18, 1, 3600)))
    yield ("no-lockout", bench.camera, ("--defect", "no-lockout"), {},
           more_than(2400, locked=False, complete=True, limit="none", guesses_bound="measured"))
    yield ("basic-unlimited", bench.camera, ("--defect", "basic-unlimited"), {"locks": 1},
           has(other_ways_open=["snapshot-login"], other_ways_locked=["stream-login"]))
    yield ("a lock of an hour", bench.camera, ("--lockout", "5:3600"), {"lock_max_s": 2},
           has(account_left_locked=True, complete=False, guesses_bound="at_most"))


def nginx_cases(bench):
    yield ("without a limit", bench.nginx, (), {},
           more_than(1000000, locked=False, delay_growth="none", guesses_bound="measured"))
    yield ("one request in two seconds, the others refused", bench.nginx,
           (ZONE.format(rate="30r/m"), "limit_req zone=a;", 429), {},
           is_true(DAY_S / 2, locked=True, lock_announced=True, reconnect_resets=False, other_names_locked=True,
                   limit_of="source"))
    yield ("the same, with a status that says nothing", bench.nginx, (ZONE.format(rate="30r/m"), "limit_req zone=a;"), {},
           has(complete=False))
    yield ("two requests a second, the others held back", bench.nginx,
           (ZONE.format(rate="2r/s"), "limit_req zone=a burst=20;"), {"attempts": 20},
           is_true(2 * DAY_S, parallel_helps=False, limit="delay"))
    yield ("four requests a second, eight at once, the others refused", bench.nginx,
           (ZONE.format(rate="4r/s"), "limit_req zone=a burst=7 nodelay;", 429), {},
           is_true(4 * DAY_S, limit_of="source"))


def mosquitto_cases(bench):
    yield ("without a gate", bench.mosquitto, (0,), {}, more_than(1000000, locked=False, complete=True, limit="none"))
    yield ("a gate, one log-in in half a second", bench.mosquitto, (0.5,), {"attempts": 24},
           is_true(2 * DAY_S, locked=False, parallel_helps=False, limit="delay"))


def sshd_cases(bench):
    def gate(gap_s):
        return lambda port, _: Gate(port, gap_s, client_first=False)

    def guard(failures, ban_s):
        return lambda port, box: Guard(port, box, failures, ban_s)

    yield ("without a limit", bench.sshd, (gate(0),), {}, more_than(100000, locked=False))
    yield ("one try a connection, one connection in half a second", bench.sshd, (gate(0.5), "MaxAuthTries 1\n"),
           {"attempts": 24}, is_true(2 * DAY_S, locked=False, parallel_helps=False, limit="delay"))
    yield ("one unauthenticated connection at a time", bench.sshd, (gate(0), "MaxStartups 1:100:1\n"), {},
           more_than(50000))
    yield ("turned away for five seconds after five failures", bench.sshd, (guard(5, 5), "MaxAuthTries 1\n"),
           {"locks": 2}, is_true(5 * DAY_S / 5, locked=True, limit_of="source"))


CASES = {"camera": camera_cases, "nginx": nginx_cases, "mosquitto": mosquitto_cases, "sshd": sshd_cases}


def try_case(case):
    name, ask, words, params, compare = case
    begun = time.monotonic()
    facts = ask(*words, **params)
    faults = list(compare(facts))
    seen = f"{facts.get('guesses_per_day')} a day, {facts.get('guesses_bound')}"
    print(f"{'FAULT' if faults else 'ok   '} {name}: {seen} ({time.monotonic() - begun:.1f} s)", flush=True)
    for fault in faults:
        print(f"        {fault}")
    if faults:
        print(f"        {json.dumps(facts)}", flush=True)
    return len(faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", choices=CASES)
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--stub", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hoshitori-brute-") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(arguments.hoshitori, arguments.stub, folder)
        # Most of their time they wait.
        try:
            with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
                return 1 if sum(pool.map(try_case, CASES[arguments.device](bench))) else 0
        except Missing as missing:
            print(missing)
            return 77


sys.exit(main())
