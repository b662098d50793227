"""The login and http_access probes against real daemons: what is open is found, what is not is not.

With --compare hydra tries the same list on the same targets; its answers and both times are printed.
Exit 77: fewer than MINIMUM targets can be started here.
Packages: nginx-light lighttpd busybox-static openssl; for --compare also hydra.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

# pylint: disable=wrong-import-position
import busybox  # noqa: E402
import lighttpd  # noqa: E402
import nginx  # noqa: E402
import telnetd  # noqa: E402
from box import ADDRESS, Box, Missing  # noqa: E402

MINIMUM = 3
LIST = "testsuites/jc-star/credentials/common.tsv"
PAGES = nginx.BEHIND_BASIC + """
    location /open {{ return 200 "<h1>camera</h1>"; }}
    location /moved {{ return 302 /login; }}
    location /form {{ return 200 "<form><input type=password name=p></form>"; }}
    location /missing {{ return 404; }}
"""
# As weak as old devices are: the probe must be able to look behind it.
WEAK = "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;"


def port_of(profile):
    return profile["services"][0]["port"]


def basic(box):
    return port_of(nginx.start(box, "4321", PAGES)), {"scheme": "basic", "path": "/settings", "tls": "false"}


def basic_over_tls(box):
    port, pair = box.port(), box.certificate("weak", algorithm=("rsa:1024",))
    nginx.start(box, "4321", more=nginx.tls_server(box, port, pair, WEAK), also=[port])
    return port, {"scheme": "basic", "path": "/settings", "tls": "true"}


def digest(box):
    return port_of(lighttpd.start(box, "password")), {"scheme": "digest", "path": "/settings/index.html"}


def busybox_httpd(box):
    return port_of(busybox.start(box, "admin1234")), {"scheme": "basic", "path": "/settings/"}


def telnet(box, program):
    """busybox telnetd, else that of inetutils."""
    try:
        applets = box.call("busybox", "--list").split()
    except Missing:
        applets = []
    serve = telnetd.busybox_telnetd if "telnetd" in applets else telnetd.inetutils_telnetd
    return serve(box, program), {"scheme": "telnet"}


def busybox_login(box):
    """It waits seconds after each failure: the account that exists goes first."""
    port, params = telnet(box, telnetd.login_program(box, {"root": "root"}))
    return port, {**params, "user": "root"}


# target: (start, the user whose common password it has, or None, what the proof says)
TARGETS = {
    "nginx basic": (basic, "admin", "had refused a stranger"),
    "nginx basic over TLS 1.0": (basic_over_tls, "admin", "had refused a stranger"),
    "lighttpd digest": (digest, "admin", "had refused a stranger"),
    "busybox httpd": (busybox_httpd, "admin", "had refused a stranger"),
    "telnetd, a login script": (lambda box: telnet(box, telnetd.quick_program(box, {"root": "xc3511"})), "root",
                                "a command was carried out"),
    "telnetd, no common password": (lambda box: telnet(box, telnetd.quick_program(box, {"root": box.password()})), None,
                                    None),
    "telnetd, busybox login": (busybox_login, "root", "a command was carried out"),
    "telnetd, an open shell": (lambda box: telnet(box, telnetd.shell_program(box, None)), "anybody", None),
}


class Bench:
    def __init__(self, program, data):
        self.program = program
        self.data = data
        self.faults = []

    def probe(self, name, port, params):
        command = [self.program, "probe", name, "--target", f"{ADDRESS}:{port}", "--json"]
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

    def open_page(self, name, port, params):
        """A page that a stranger is given says nothing of a password."""
        facts, _ = self.probe("login", port, dict(params, candidates="random"))
        self.expect(f"{name}: no log-in is told from another",
                    facts["accepted"] == [] and facts["unclear_count"] == 2 and not facts["complete"], facts)

    def access(self, port):
        for path, granted in {"/open": True, "/settings": False, "/moved": False, "/form": False,
                              "/missing": None}.items():
            facts, _ = self.probe("http_access", port, {"path": path})
            self.expect(f"http_access {path}: granted should be {granted}",
                        facts.get("granted") is granted, facts)


def hydra_answer(box, data, port, params):
    with open(os.path.join(data, LIST), encoding="utf-8") as source:
        rows = [line.rstrip("\n").split("\t") for line in source if not line.startswith("#")]
    pairs = box.write("pairs", "".join(f"{row[1]}:{'' if row[2] == chr(92) + 'e' else row[2]}\n" for row in rows))
    service = {"telnet": ["telnet"]}.get(params["scheme"])
    if service is None:
        service = ["https-get" if params.get("tls") == "true" else "http-get", params["path"]]
    begun = time.monotonic()
    done = subprocess.run(["timeout", "60", box.find("hydra"), "-I", "-f", "-C", pairs, "-s", str(port), ADDRESS, *service],
                          capture_output=True, text=True, check=False, cwd=box.folder)
    found = re.findall(r"login: (\S+)(?: +password: (\S*))?", done.stdout)
    return found, time.monotonic() - begun


def try_target(bench, box, name, compare):
    start, user, proof = TARGETS[name]
    target = start(box)
    if user == "anybody":
        bench.anything_goes(name, *target)
        return
    print(f"{name}: {bench.common(name, *target, user, proof):.2f} s")
    if compare:
        found, took = hydra_answer(box, bench.data, *target)
        print(f"  hydra: {took:.2f} s, found {found}")
    if name == "nginx basic":
        bench.access(target[0])
        bench.open_page("nginx, an open page", target[0], {**target[1], "path": "/open"})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    bench = Bench(options.hoshitori, options.data)
    started = 0
    for name in TARGETS:
        with tempfile.TemporaryDirectory(prefix="hoshitori-login-") as folder:
            box = Box(folder)
            try:
                try_target(bench, box, name, options.compare)
                started += 1
            except Missing as missing:
                print(f"skip  {name}: {missing}")
            finally:
                box.stop()
    for fault in bench.faults:
        print("FAULT", fault)
    sys.exit(1 if bench.faults else 77 if started < MINIMUM else 0)


main()
