#!/usr/bin/env python3
"""Points hoshitori, ssh-audit and nmap at the same servers and compares what they say; then asks for the
methods of log-in, and asks two servers 20 times each and compares ours with ours.

Every difference must have its reason in differences.json (explained in docs/probes/ssh_server-differences.md).
Exit 0: none is unexplained; 1: one is; 77: a tool is missing. --bench: the times alone, as medians of five rounds."""
import argparse
import json
import pathlib
import re
import shutil
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemons")]
# pylint: disable=wrong-import-position
import scanners  # noqa: E402
import ssh_crypto  # noqa: E402
from box import Box, Missing  # noqa: E402

OLD = """KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1,curve25519-sha256
HostKeyAlgorithms ssh-rsa,ssh-ed25519
Ciphers 3des-cbc,aes128-cbc,aes128-ctr
MACs hmac-md5,hmac-sha1-96,hmac-sha2-256-etm@openssh.com
RequiredRSASize 1024
"""
POST_QUANTUM = "KexAlgorithms sntrup761x25519-sha512@openssh.com\n"
KEYS_ALONE = "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
ALL_KEYS = [("ed25519", None), ("rsa", 3072), ("ecdsa", 256)]
SERVERS = {
    "sshd-debian": lambda box: ssh_crypto.sshd(box, "", ALL_KEYS),
    "sshd-hardened": lambda box: ssh_crypto.sshd(box, ssh_crypto.HARDENED + KEYS_ALONE, ALL_KEYS),
    "sshd-old": lambda box: ssh_crypto.sshd(box, OLD, [("rsa", 1024), ("ed25519", None)]),
    "sshd-post-quantum": lambda box: ssh_crypto.sshd(box, POST_QUANTUM, ALL_KEYS),
    "dropbear": lambda box: ssh_crypto.dropbear(box, [("ed25519", None), ("rsa", 2048), ("ecdsa", 256)]),
    "tinyssh": ssh_crypto.tinyssh,
    "short-groups": lambda box: ssh_crypto.short_groups(box, 1024),
}
# What ssh -v names as "Authentications that can continue".
METHODS = {
    "sshd-debian": ["publickey", "password", "keyboard-interactive"],
    "sshd-hardened": ["publickey"],
    "dropbear": ["publickey", "password"],
}
RUNS = 20
ASKED_AGAIN = ("sshd-debian", "dropbear")


def explained(known, server, peer, kind, line, mine):
    """An entry with "without" holds where we found no line like that: its cause is then there."""
    for entry in known:
        if (entry["peer"] == peer and entry["kind"] == kind and re.fullmatch(entry["server"], server)
                and re.fullmatch(entry["line"], line)
                and not ("without" in entry and any(re.fullmatch(entry["without"], other) for other in mine))):
            entry["used"] = True
            return True
    return False


def compare(program, name, port, known):
    """(faults in words, the three times, connections)"""
    mine, our_seconds, facts = scanners.ours(program, port)
    peers = {"ssh-audit": scanners.ssh_audit(port), "nmap": scanners.nmap(port)}
    faults = []
    for peer, (theirs, _) in peers.items():
        if not any(line.startswith("kex ") for line in theirs):
            faults.append(f"{name}: {peer} found nothing: the comparison is empty")
        for kind, lines in (("only ours", mine - theirs), ("only theirs", theirs - mine)):
            faults += [f"{name}: {kind} against {peer}: {line}" for line in sorted(lines)
                       if not explained(known, name, peer, kind, line, mine)]
    return faults, [our_seconds, peers["ssh-audit"][1], peers["nmap"][1]], facts["connections"]


def same_every_time(program, port):
    texts = {json.dumps(scanners.ours(program, port)[2], sort_keys=True) for _ in range(RUNS)}
    return [] if len(texts) == 1 else [f"{len(texts)} different answers in {RUNS} runs"]


def same_methods(program, name, port):
    found = scanners.methods(program, port) if name in METHODS else None
    wanted = {"ordinary": METHODS[name], "root": METHODS[name]} if name in METHODS else None
    return [] if found == wanted else [f"methods {found}, not {wanted}"]


def try_server(arguments, name, start, known):
    """Faults in words, or None when it cannot be started here."""
    with tempfile.TemporaryDirectory(prefix="hoshitori-ssh-") as folder:
        box = Box(folder)
        try:
            port = start(box)["services"][0]["port"]
            rounds = [compare(arguments.hoshitori, name, port, known) for _ in range(5 if arguments.bench else 1)]
            times = [statistics.median(column) for column in zip(*(one[1] for one in rounds))]
            print(f"{name:18} ours {times[0]:.3f} s ({rounds[0][2]} connections), ssh-audit {times[1]:.3f} s, "
                  f"nmap {times[2]:.3f} s; ours/fastest peer {times[0] / min(times[1:]):.2f}", flush=True)
            more = []
            if not arguments.bench:
                more += same_methods(arguments.hoshitori, name, port)
                more += same_every_time(arguments.hoshitori, port) if name in ASKED_AGAIN else []
            return rounds[0][0] + [f"{name}: {one}" for one in more]
        except Missing as missing:
            print(f"skip  {name}: {missing}")
            return None
        finally:
            box.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--bench", action="store_true")
    arguments = parser.parse_args()
    missing = [tool for tool in ("ssh-audit", "nmap", "ssh-keygen") if shutil.which(tool) is None]
    if missing:
        print("missing:", ", ".join(missing))
        return 77
    known = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
    results = [try_server(arguments, name, start, known) for name, start in SERVERS.items()]
    if all(result is None for result in results):
        return 77
    for entry in known:
        if "used" not in entry:
            print(f"note: not seen here: {entry['peer']} {entry['kind']} {entry['line']}")
    faults = [fault for result in results for fault in result or ()]
    print("\n".join(faults) if faults else "no unexplained difference")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
