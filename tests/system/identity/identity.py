"""Starts real daemons on odd ports and checks that service_identity names each of them.

With --compare nmap -sV looks at the same ports, and both answers and times are printed.
Exit 77: fewer than MINIMUM kinds of daemon are installed.
Packages: openssh-server dropbear-bin inetutils-telnetd vsftpd mosquitto nginx-light openssl postfix
python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base; for --compare also nmap.
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

from identity_daemons import KINDS, debug_console
from box import Box, Missing  # its folder was added by the line before

MINIMUM = 5


def ask(program, ports):
    begun = time.monotonic()
    done = subprocess.run([program, "probe", "service_identity", "--target", "127.0.0.1", "--json", "--param",
                           "ports=" + ",".join(map(str, ports))], capture_output=True, text=True, check=False)
    took = time.monotonic() - begun
    if done.returncode != 0:
        sys.exit(f"probe ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["facts"], took


def nmap_answers(ports):
    begun = time.monotonic()
    done = subprocess.run(["nmap", "-sT", "-sV", "-Pn", "-n", "-p", ",".join(map(str, ports)), "127.0.0.1"],
                          capture_output=True, text=True, check=False)
    took = time.monotonic() - begun
    return {int(m[1]): m[2].strip() for m in re.finditer(r"^(\d+)/tcp +open +(.*)$", done.stdout, re.M)}, took


def check(expected, facts):
    """The differences between what runs and what was said of it."""
    rows = {row["port"]: row for row in facts["services"]}
    faults = []
    for port, (kind, protocol, tls) in expected.items():
        row = rows.get(port)
        if protocol == "unknown":
            if port not in facts["unknown"]:
                faults.append(f"{kind} on {port}: should be unknown, is {row}")
        elif row is None:
            faults.append(f"{kind} on {port}: not identified")
        elif (row["protocol"], row["tls"]) != (protocol, tls):
            faults.append(f"{kind} on {port}: {protocol} expected, {row} seen")
    telnet = sorted(port for port, (_, protocol, _) in expected.items() if protocol == "telnet")
    if sorted(facts["telnet_ports"]) != telnet:
        faults.append(f"telnet_ports {facts['telnet_ports']}, expected {telnet}")
    if not facts["complete"]:
        faults.append("complete is false")
    return faults


class Bench:
    """Each daemon in a box of its own; all of them live until the end."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.boxes = []

    def box(self):
        folder = self.folder / str(len(self.boxes))
        folder.mkdir()
        self.boxes.append(Box(folder))
        return self.boxes[-1]

    def start(self):
        """(port -> (kind, protocol, tls), the kinds that are not there)"""
        expected, missing = {}, []
        for kind in KINDS:
            try:
                port, *what = kind(self.box())
                expected[port] = (kind.__name__, *what)
            except (Missing, RuntimeError) as reason:  # or it does not start: some want to be root
                missing.append(f"{kind.__name__} ({reason})")
        return expected, missing

    def stop(self):
        for box in self.boxes:
            box.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="identity-") as folder:
        os.chmod(folder, 0o755)
        bench = Bench(folder)
        try:
            expected, missing = bench.start()
            if len(expected) < MINIMUM:
                print("SKIP: not enough daemons; missing", missing)
                return 77
            known, took = ask(options.hoshitori, list(expected))
            console, *what = debug_console(bench.box())
            expected_all = {**expected, console: ("debug_console", *what)}
            with_unknown, took_unknown = ask(options.hoshitori, list(expected_all))
            theirs, their_time = nmap_answers(list(expected_all)) if options.compare else ({}, 0)
        finally:
            bench.stop()
    faults = check(expected, known) + check(expected_all, with_unknown)
    rows = {row["port"]: row for row in with_unknown["services"]}
    for port, (kind, protocol, _) in sorted(expected_all.items()):
        row = rows.get(port, {"protocol": "unknown", "detail": ""})
        print(f"{port} {kind:24} {protocol:8} {row['protocol']:8} {row['detail'][:60]}"
              + (f"   | nmap: {theirs.get(port, '-')[:60]}" if options.compare else ""))
    print(f"{len(expected)} services in {took:.2f} s; with one unknown among them {took_unknown:.2f} s"
          + (f"; nmap -sV {their_time:.1f} s" if options.compare else ""))
    for kind in missing:
        print(f"skip  {kind}")
    for fault in faults:
        print("FAULT:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
