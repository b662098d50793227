#!/usr/bin/env python3
"""Tries every suite that openssl s_client knows at DTLS servers, one handshake each, and compares with what the probe
dtls_server says in one run. The probe is asked several times: its facts must be the same to the byte.

Every difference must have its reason in differences.json. Exit 0: none is unexplained; 1: one is; 77: a tool is missing.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "daemons"))

from box import ADDRESS, Box, Missing  # noqa: E402
from dtls import AGAIN  # noqa: E402

PSK = b"not-a-secret-of-anybody"
RUNS, RUNS_OTHERS = {"coap-certificate": 20}, 3
SIDE_BY_SIDE = {"coap-certificate": 5}  # runs at the same time; s_server bears one
ALIKE = 8
VERSIONS = {"DTLSv1.0": "-dtls1", "DTLSv1.2": "-dtls1_2"}


def openssl(box, *arguments):
    port = box.port()
    certificate, key = box.certificate()
    box.start("sh", "-c", AGAIN, str(box.folder / f"input-{port}"), "-accept", f"{ADDRESS}:{port}", "-quiet", "-cert",
              certificate, "-key", key, *arguments, udp=[port])
    return port


def coap(box, *arguments):
    port = box.port()
    box.start("coap-server-openssl", "-A", ADDRESS, "-p", str(port), *arguments, udp=[port, port + 1])
    return port + 1


def coap_certificate(box):
    certificate, key = box.certificate()
    return coap(box, "-c", certificate, "-j", key, "-n")


SERVERS = {
    "openssl-any": lambda box: openssl(box, "-dtls", "-listen", "-psk", PSK.hex(), "-cipher", "ALL:eNULL:@SECLEVEL=0"),
    "openssl-few": lambda box: openssl(box, "-dtls1_2", "-listen", "-cipher", "ECDHE+AESGCM:ECDHE+AESCCM"),
    "coap-psk": lambda box: coap(box, "-k", PSK.decode()),
    "coap-certificate": coap_certificate,
}


def suites():
    """OpenSSL's name of each suite before TLS 1.3 -> IANA's."""
    listing = subprocess.run(["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                             capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listing.splitlines()]
    return {row[4]: row[2] for row in rows if row[5] != "TLSv1.3"}


def accepts(port, version, name):
    """A server that is begun anew for each client is away for a moment; silence is a refusal here."""
    for _ in range(20):
        try:
            done = subprocess.run(["openssl", "s_client", VERSIONS[version], "-connect", f"{ADDRESS}:{port}", "-psk",
                                   PSK.hex(), "-cipher", f"{name}:@SECLEVEL=0"], input="", text=True,
                                  capture_output=True, check=False, timeout=4)
        except subprocess.TimeoutExpired:
            return False
        if "errno=111" not in done.stdout + done.stderr:
            return re.search(r"Cipher is (?!\(NONE\))", done.stdout) is not None
        time.sleep(0.02)
    return False


def accepted(port, version, names):
    return {iana for name, iana in names if accepts(port, version, name)}


def theirs(ports, names):
    """s_client takes half a second for each, so the suites are shared out to servers that are all alike."""
    found = {}
    for version in VERSIONS:
        found[version] = set()
        if accepts(ports[0], version, "ALL:eNULL"):
            shares = [list(names.items())[i::len(ports)] for i in range(len(ports))]
            with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
                found[version].update(*pool.map(accepted, ports, [version] * len(ports), shares))
    return found


def ours_once(program, port):
    done = subprocess.run([program, "probe", "dtls_server", "--target", f"{ADDRESS}:{port}/udp", "--param",
                           "timeout_ms=1000", "--json"], capture_output=True, text=True, check=False, timeout=150)
    return json.dumps(json.loads(done.stdout)["facts"], sort_keys=True)


def ours(program, name, port):
    """The facts of several runs, as bytes."""
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE.get(name, 1)) as pool:
        return list(pool.map(lambda _: ours_once(program, port), range(RUNS.get(name, RUNS_OTHERS))))


def explained(known, server, kind, version, suite):
    for entry in known:
        if entry["kind"] == kind and all(re.fullmatch(entry[key], value) for key, value in
                                         (("server", server), ("version", version), ("suite", suite))):
            return True
    return False


def compare(program, name, start, names, known):
    faults = []
    with tempfile.TemporaryDirectory(prefix="hoshitori-dtls-") as folder:
        box = Box(folder)
        try:
            ports = [start(box) for _ in range(ALIKE)]
            said = ours(program, name, ports[0])
            facts = json.loads(said[0])
            mine = {version: set(facts.get("suites", {}).get(version, ())) for version in VERSIONS}
            peer = theirs(ports, names)
        finally:
            box.stop()
    if len(set(said)) != 1:
        faults.append(f"{name}: the facts of {len(said)} runs differ: {said}")
    if not any(mine.values()) or not any(peer.values()):
        faults.append(f"{name}: nothing was found, by us: {facts}, by openssl: {peer}")
    for version in VERSIONS:
        for kind, only in (("only ours", mine[version] - peer[version]), ("only theirs", peer[version] - mine[version])):
            faults += [f"{name}: {kind}: {version} {suite}" for suite in sorted(only)
                       if not explained(known, name, kind, version, suite)]
    both = sum(len(mine[version] & peer[version]) for version in VERSIONS)
    return faults, f"{name}: {both} suites agreed on, {facts['handshakes']} handshakes of ours, {len(names) * 2} of openssl"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    program = parser.parse_args().hoshitori
    known = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
    try:
        names = suites()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda one: compare(program, *one, names, known), SERVERS.items()))
    except (Missing, FileNotFoundError) as missing:
        print(missing)
        return 77
    faults = [fault for more, _ in results for fault in more]
    print(*(line for _, line in results), *(faults or ["no unexplained difference"]), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
