"""The login and http_access probes against real daemons: what is open is found, what is not is not.

With --compare hydra tries the same list on the same targets; its answers and both times are printed.
Exit 77: fewer than MINIMUM targets can be started here.
Packages: nginx-light lighttpd busybox-static openssl; for --compare also hydra.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from targets import Targets, find

MINIMUM = 3
LIST = "testsuites/jc-star/credentials/common.tsv"

# target: (start, the user whose common password it has, or None, what the proof says)
TARGETS = {
    "nginx basic": (lambda t: t.start_nginx(), "admin", "had refused a stranger"),
    "nginx basic over TLS 1.0": (lambda t: t.start_nginx(tls=True), "admin", "had refused a stranger"),
    "lighttpd digest": (lambda t: t.start_lighttpd(), "admin", "had refused a stranger"),
    "busybox httpd": (lambda t: t.start_busybox_httpd(), "admin", "had refused a stranger"),
    "telnetd, a login script": (lambda t: t.start_script_login(), "root", "a command was carried out"),
    "telnetd, no common password": (lambda t: t.start_strict_login(), None, None),
    "telnetd, busybox login": (lambda t: t.start_busybox_login(), "root", "a command was carried out"),
}


class Bench:
    def __init__(self, program, data):
        self.program = program
        self.data = data
        self.faults = []

    def probe(self, name, port, params):
        command = [self.program, "probe", name, "--target", f"127.0.0.1:{port}", "--json"]
        for key, value in params.items():
            command += ["--param", f"{key}={value}"]
        begun = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env=dict(os.environ, HOSHITORI_DATA=self.data))
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)["facts"], time.monotonic() - begun

    def expect(self, what, holds, facts):
        if not holds:
            self.faults.append(f"{what}: {json.dumps(facts)}")

    def common(self, name, port, params, user, proof):
        facts, took = self.probe("login", port, dict(params, budget=100, stop_after=1))
        if user is None:
            self.expect(f"{name}: nothing is accepted", facts["accepted"] == [], facts)
            self.expect(f"{name}: every candidate was answered", facts["complete"] and
                        facts["rejected_count"] == facts["candidates_total"], facts)
        else:
            self.expect(f"{name}: one pair is found", facts["accepted_count"] == 1 and
                        f"(user {user})" in facts["accepted"][0], facts)
            self.expect(f"{name}: and proven", any(proof in text for text in facts["proofs"]), facts)
        facts, _ = self.probe("login", port, dict(params, candidates="random"))
        self.expect(f"{name}: the known-bad log-ins are rejected",
                    facts["accepted"] == [] and facts["rejected_count"] == 2, facts)
        return took

    def anything_goes(self, name, port, params):
        """hydra 739 and 90: where anybody is let in, the known-bad log-in must be too."""
        facts, _ = self.probe("login", port, dict(params, candidates="random"))
        self.expect(f"{name}: the known-bad control fails", facts["accepted_count"] == 2, facts)

    def access(self, port):
        for path, granted in {"/open": True, "/admin": False, "/moved": False, "/form": False,
                              "/missing": None}.items():
            facts, _ = self.probe("http_access", port, {"path": path})
            self.expect(f"http_access {path}: granted should be {granted}",
                        facts.get("granted") is granted, facts)


def hydra_answer(folder, data, port, params):
    pairs = os.path.join(folder, "pairs")
    with open(os.path.join(data, LIST), encoding="utf-8") as source, open(pairs, "w", encoding="utf-8") as into:
        for line in source:
            if not line.startswith("#"):
                fields = line.rstrip("\n").split("\t")
                into.write(f"{fields[1]}:{'' if fields[2] == chr(92) + 'e' else fields[2]}\n")
    service = {"telnet": ["telnet"]}.get(params["scheme"])
    if service is None:
        service = ["https-get" if params.get("tls") == "true" else "http-get", params["path"]]
    begun = time.monotonic()
    done = subprocess.run(["timeout", "60", find("hydra"), "-I", "-f", "-C", pairs, "-s", str(port), "127.0.0.1", *service],
                          capture_output=True, text=True, check=False, cwd=folder)
    found = re.findall(r"login: (\S+)(?: +password: (\S*))?", done.stdout)
    return found, time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    bench = Bench(options.hoshitori, options.data)
    started = 0
    with tempfile.TemporaryDirectory() as folder:
        targets = Targets(folder)
        try:
            for name, (start, user, proof) in TARGETS.items():
                target = start(targets)
                if target is None:
                    print(f"{name}: cannot be started here")
                    continue
                started += 1
                took = bench.common(name, *target, user, proof)
                print(f"{name}: {took:.2f} s")
                if options.compare and find("hydra"):
                    found, hydra_took = hydra_answer(folder, options.data, *target)
                    print(f"  hydra: {hydra_took:.2f} s, found {found}")
                if name == "nginx basic":
                    bench.access(target[0])
                    bench.anything_goes("nginx, an open page", target[0], dict(target[1], path="/open"))
            shell = targets.start_open_shell()
            if shell is not None:
                bench.anything_goes("telnetd, an open shell", *shell)
        finally:
            targets.stop_all()
    if started < MINIMUM:
        sys.exit(77)
    for fault in bench.faults:
        print("FAULT", fault)
    sys.exit(1 if bench.faults else 0)


main()
