#!/usr/bin/env python3
"""Times hoshitori, sslscan, nmap and, when asked to, testssl.sh side by side on the same nginx, then once more through a
proxy that adds a round trip; medians of N rounds, in which the scanners take turns. A release build is what should be
measured, on a machine that does nothing else.

What sslscan and nmap find must be among what ours finds, but for what differences.json explains. Exit 0: the aims are met;
1: one is not, or something is not found; 77: a tool is missing."""
import argparse
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemons")]
# pylint: disable=wrong-import-position
import differences  # noqa: E402
import matrix  # noqa: E402
import scanners  # noqa: E402
import servers  # noqa: E402
from box import ADDRESS  # noqa: E402
import suite_table  # noqa: E402
import tls_diff  # noqa: E402

NAMES = ("nginx-12-debian", "nginx-legacy", "nginx-modern")
ROUND_TRIP_MS = 20
AIM_NEAR, AIM_FAR, AIM_TESTSSL = 0.5, 0.3, 100
PROXY = HERE.parent.parent / "support" / "delay_proxy.py"


def plain_sslscan(port, table):
    """As it is started by hand: without the signature schemes, which take it longer."""
    text, seconds = scanners.timed(["sslscan", "--xml=-", "--no-colour", f"{ADDRESS}:{port}"])
    return scanners.sslscan_lines(text, table), seconds


def scan(program, port, table):
    """name -> (lines, seconds); ours also the facts."""
    facts, seconds = scanners.ours(program, port)
    lines, nmap_seconds = scanners.nmap([port], table)
    return facts, {"ours": (scanners.our_lines(facts), seconds), "sslscan": plain_sslscan(port, table),
                   "nmap": (lines[port], nmap_seconds)}


def not_found(name, facts, found, known):
    """What the others found and we did not, in words."""
    return [f"{name}: not found by us: {line} ({peer})" for peer in ("sslscan", "nmap")
            for kind, line in tls_diff.peer_differences(peer, facts, found[peer][0])
            if kind == "only theirs" and known.explains(peer, name, kind, line) is None]


def measure(program, name, port, rounds, table, known):
    """(medians by tool, handshakes, what we did not find)"""
    times = {tool: [] for tool in ("ours", "sslscan", "nmap")}
    missing = set()
    for _ in range(rounds):
        facts, found = scan(program, port, table)
        for tool, (_, seconds) in found.items():
            times[tool].append(seconds)
        missing |= set(not_found(name, facts, found, known))
    return {tool: statistics.median(each) for tool, each in times.items()}, facts["handshakes"], sorted(missing)


def report(where, name, medians, handshakes):
    peers = min(medians["sslscan"], medians["nmap"])
    print(f"{where:9} {name:16} ours {medians['ours']:7.3f} s ({handshakes} handshakes)  sslscan {medians['sslscan']:7.3f} s  "
          f"nmap {medians['nmap']:7.3f} s  ours/faster {medians['ours'] / peers:5.2f}  ours/sslscan "
          f"{medians['ours'] / medians['sslscan']:5.2f}", flush=True)


# All that it tries; once, on one server: it takes its time.
def against_testssl(name, port, ours, table):
    _, seconds = scanners.testssl(port, table, full=True)
    print(f"testssl   {name:16} {seconds:.1f} s, {seconds / ours:.0f} times ours", flush=True)
    return [] if seconds >= AIM_TESTSSL * ours else [f"{name}: testssl.sh is only {seconds / ours:.0f} times slower"]


def bench(arguments, room, known):
    table, faults = servers.TABLE, []
    chosen = [server for server in matrix.SERVERS if server.name in NAMES]
    ports, not_started = room.start_all(chosen)
    faults += not_started
    far = {}
    for name, port in ports.items():
        far[name] = room.port()
        room.start("python3", "-B", str(PROXY), str(far[name]), str(port), str(ROUND_TRIP_MS), tcp=[far[name]])
    for name, port in ports.items():
        near, handshakes, missing = measure(arguments.hoshitori, name, port, arguments.rounds, table, known)
        report("loopback", name, near, handshakes)
        if near["ours"] > AIM_NEAR * min(near["sslscan"], near["nmap"]):
            faults.append(f"{name}: more than {AIM_NEAR} of the faster peer's time")
        behind, handshakes, more = measure(arguments.hoshitori, name, far[name], max(1, arguments.rounds // 4), table, known)
        report(f"+{ROUND_TRIP_MS} ms", name, behind, handshakes)
        if behind["ours"] > AIM_FAR * behind["sslscan"]:
            faults.append(f"{name}: more than {AIM_FAR} of sslscan's time with {ROUND_TRIP_MS} ms a round trip")
        if arguments.testssl and name == NAMES[0]:
            faults += against_testssl(name, port, near["ours"], table)
        faults += missing + more
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--suites", required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--testssl", action="store_true")
    arguments = parser.parse_args()
    peers = ["sslscan", "nmap"] + (["testssl"] if arguments.testssl else [])
    missing = [tool for tool in peers if not shutil.which(tool)]
    if missing:
        print("missing:", ", ".join(missing))
        return 77
    servers.TABLE.update(suite_table.read(arguments.suites))
    known = differences.Known({peer: scanners.version_of(peer) for peer in peers})
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hoshitori-tls-") as folder:
        room = servers.Room(folder, {})
        try:
            faults = bench(arguments, room, known)
        finally:
            room.stop()
    print(f"{time.monotonic() - begun:.0f} s", *(faults or ["all aims met"]), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
