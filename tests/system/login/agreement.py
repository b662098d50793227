"""agreement.py --hoshitori PROGRAM --data FOLDER [TARGET...]: the harness and hydra try the same list on the same daemon.

The pairs that both find must be the same; agreement.json names, for each target, what one of them may find alone, with the
reason. Prints the time of both and their ratio. --bench: the daemons have no common password, because hydra leaves out the other
passwords of a user whose password it has found; exit 1 when the harness is the slower one.
Exit: 0 they agree, 1 they do not, 77 hydra or every daemon is missing.
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

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "daemons"))

# pylint: disable=wrong-import-position
import dropbear
import nginx
import openssh
import telnetd
import vsftpd
from box import ADDRESS, Box, Missing

# What the harness tries besides the list.
MORE = [("", ""), ("anonymous", ""), ("anonymous", "anonymous")]
CONNECTIONS = 4
ONE_BY_ONE = {"vsftpd"}  # as its accounts need it
BUDGET = 100
HYDRA_SECONDS = 240
COMMON_ROOT = {"root": "xc3511"}

# target: (start, what the login probe is told, hydra's words)
TARGETS = {
    "sshd": (lambda box, users: openssh.start(box, users), {"scheme": "ssh"}, ["ssh"]),
    "dropbear": (lambda box, users: dropbear.start(box, users), {"scheme": "ssh"}, ["ssh"]),
    "busybox telnetd": (lambda box, users: telnetd.start(box, telnetd.busybox_telnetd, users),
                        {"scheme": "telnet"}, ["telnet"]),
    "vsftpd": (lambda box, users: vsftpd.start(box, users, vsftpd.NOBODY), {"scheme": "ftp"}, ["ftp"]),
    "nginx": (lambda box, users: nginx.start(box, "4321" if users else box.password()),
              {"scheme": "basic", "path": "/settings"}, ["http-get", "/settings"]),
}


def pairs_of(data):
    """{id: (user, password)}"""
    table = pathlib.Path(data, "testsuites/jc-star/credentials/common.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {int(row[0]): (row[1], "" if row[2] == "\\e" else row[2]) for row in rows}


def ours(options, port, words, pairs, connections):
    command = [options.hoshitori, "probe", "login", "--target", f"{ADDRESS}:{port}", "--json"]
    for key, value in {**words, "budget": BUDGET, "stop_after": BUDGET, "connections": connections}.items():
        command += ["--param", f"{key}={value}"]
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "HOSHITORI_DATA": options.data})
    took = time.monotonic() - begun
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
    facts = json.loads(done.stdout)["facts"]
    if not facts["complete"]:
        raise RuntimeError(f"not complete: {facts}")
    ids = [re.match(r"common:#(\d+) ", label) for label in facts["accepted"]]
    return {pairs[int(match.group(1))] for match in ids if match}, took, facts["attempts"]


def hydras(box, port, words, pairs, connections):
    listed = box.write("pairs", "".join(f"{user}:{password}\n" for user, password in [*pairs.values(), *MORE]))
    begun = time.monotonic()
    done = subprocess.run([box.find("hydra"), "-I", "-t", str(connections), "-C", listed, "-s", str(port), ADDRESS, *words],
                          capture_output=True, text=True, check=False, cwd=box.folder, timeout=HYDRA_SECONDS)
    took = time.monotonic() - begun
    found = re.findall(r"login: (\S+)(?: +password: ?(\S*))?", done.stdout)
    return set(found), took, done.stdout + done.stderr


def compare(name, options, pairs, known):
    """Faults in words, and ours to theirs in time."""
    start, words, hydra_words = TARGETS[name]
    connections = 1 if name in ONE_BY_ONE else CONNECTIONS
    with tempfile.TemporaryDirectory(prefix="hoshitori-agreement-") as folder:
        box = Box(folder)
        try:
            box.find("hydra")
            port = start(box, None if options.bench else COMMON_ROOT)["services"][0]["port"]
            we, our_time, attempts = ours(options, port, words, pairs, connections)
            they, their_time, said = hydras(box, port, hydra_words, pairs, connections)
        finally:
            box.stop()
    ratio = our_time / their_time
    print(f"{name}: {len(we)} found in {our_time:.2f} s ({attempts} log-ins), hydra {len(they)} in {their_time:.2f} s "
          f"({len(pairs) + len(MORE)} log-ins), ratio {ratio:.2f}", flush=True)
    faults = []
    excused = {(row["who"], row["user"], row["password"]) for row in known[name]}
    for who, alone in (("ours", we - they), ("hydra", they - we)):
        faults += [f"{name}: {who} alone finds {user}" for user, password in sorted(alone)
                   if (who, user, password) not in excused and (who, "*", "*") not in excused]
    if not we and not options.bench:
        faults.append(f"{name}: nothing was found, so nothing was compared; hydra said: {said[-400:]}")
    return faults, ratio


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--bench", action="store_true")
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=list(TARGETS))
    options = parser.parse_args()
    known = json.loads((HERE / "agreement.json").read_text(encoding="utf-8"))
    faults, compared = [], 0
    for name in options.targets:
        try:
            wrong, ratio = compare(name, options, pairs_of(options.data), known)
        except Missing as missing:
            print(f"skip  {name}: {missing}")
            continue
        compared += 1
        faults += wrong
        if options.bench and ratio > 1:
            faults.append(f"{name}: slower than hydra, {ratio:.2f} times its time")
    for fault in faults:
        print("FAULT", fault)
    sys.exit(1 if faults else 0 if compared else 77)


main()
