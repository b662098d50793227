#!/usr/bin/env python3
"""Points hoshitori, sslscan and nmap at the same servers and compares what they say.

Every difference must have its reason in differences.json (explained in
docs/probes/tls_server-differences.md).  Exit 0: none is unexplained; 1: one is;
77: a tool is missing.  --bench prints the time each took."""

import argparse
import json
import pathlib
import re
import shutil
import sys
import tempfile

import scanners
import servers
import suite_table

HERE = pathlib.Path(__file__).parent


def differences(server, peer, mine, theirs, table):
    """Yields (kind, version, suite name or '')."""
    for version in sorted(set(mine) | set(theirs)):
        if version not in theirs:
            yield "only ours", version, ""
        elif version not in mine:
            yield "only theirs", version, ""
        for code in sorted(mine.get(version, set()) - theirs.get(version, set())):
            yield "only ours", version, table[code]["name"]
        for code in sorted(theirs.get(version, set()) - mine.get(version, set())):
            yield "only theirs", version, table.get(code, {"name": hex(code)})["name"]


def explained(known, server, peer, kind, version, suite):
    for entry in known:
        if (entry["peer"] == peer and entry["kind"] == kind
                and re.fullmatch(entry["server"], server) and re.fullmatch(entry["version"], version)
                and re.fullmatch(entry["suite"], suite)):
            entry["used"] = True
            return True
    return False


def tools():
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
    missing = [name for name in ("openssl", "sslscan", "nmap") if not shutil.which(name)]
    return nginx, missing + ([] if nginx else ["nginx"])


def compare_one(program, name, port, table, known):
    faults = []
    mine, our_seconds, facts = scanners.ours(program, port, table)
    if not mine or not all(mine.values()):
        faults.append(f"{name}: we found nothing: {mine}")
    if facts.get("hostname_match") is not True or not facts["certificates"]:
        faults.append(f"{name}: the certificate was not seen or not matched")
    slow, fast = scanners.sslscan(port), scanners.nmap(port, table)
    for peer, (theirs, _) in (("sslscan", slow), ("nmap", fast)):
        if not theirs:
            faults.append(f"{name}: {peer} found nothing: the comparison is empty")
        for kind, version, suite in differences(name, peer, mine, theirs, table):
            if not explained(known, name, peer, kind, version, suite):
                faults.append(f"{name}: {kind} against {peer}: {version} {suite}")
    times = dict(ours=our_seconds, sslscan=slow[1], nmap=fast[1], handshakes=facts["handshakes"],
                 suites=sum(len(each) for each in mine.values()))
    return faults, times


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--suites", required=True)
    parser.add_argument("--bench", action="store_true")
    arguments = parser.parse_args()
    nginx, missing = tools()
    if missing:
        print("missing:", ", ".join(missing))
        return 77
    table = suite_table.read(arguments.suites)
    known = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
    faults = []
    with tempfile.TemporaryDirectory() as folder, servers.Servers(folder, nginx) as ports:
        for name, port in ports.items():
            more, times = compare_one(arguments.hoshitori, name, port, table, known)
            faults += more
            fastest = min(times["sslscan"], times["nmap"])
            print(f"{name:16} ours {times['ours']:.3f} s ({times['handshakes']} handshakes, "
                  f"{times['suites']} suites), sslscan {times['sslscan']:.3f} s, nmap "
                  f"{times['nmap']:.3f} s; ours/fastest peer {times['ours'] / fastest:.2f}")
            if arguments.bench and times["ours"] > fastest / 2:
                faults.append(f"{name}: more than half of the fastest peer's time")
    for entry in known:
        if "used" not in entry:
            print(f"note: not seen here: {entry['peer']} {entry['kind']} {entry['suite']}")
    print("\n".join(faults) if faults else "no unexplained difference")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
