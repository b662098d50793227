#!/usr/bin/env python3
"""Points tls_server, dtls_server and ssh_server at servers that do their worst. Each run must end by itself, long before the
probe's deadline, as data: exit 0 (or 69 where nobody answers or all was lost in a reset), without a word of a fault of ours;
must stay below 64 MB of resident memory; and must claim nothing absent where nothing true was said.

With a sanitizer in the program, what the sanitizer itself takes is measured on a peer that closes at once, and added to the
limit. Exit 0: all that; 1: not; 77: cannot be tried here."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
LIMIT_KB = 64 * 1024
PLAIN_KB = 16 * 1024  # what it takes without one, and no less than this test takes itself
SECONDS_MAX = 60  # the probes' deadline is 120 s
AT_ONCE = 8
TIMEOUT_MS = {"tls_server": "200", "ssh_server": "200", "dtls_server": "100"}
# What would be a claim about what a server does not accept, or about all that it does.
ABSENCE = {"versions", "suites", "server_preference", "fallback_scsv", "groups", "signature_algorithms",
           "renegotiation", "extended_master_secret", "kex", "ciphers", "macs", "host_keys", "dh_groups_refused",
           "auth_methods", "cookie_demanded", "hostname_match", "address_match", "tolerance", "intolerant",
           "signature_algorithms_13", "session_tickets", "resumption", "ocsp_staple"}
EMPTY_IS_ABSENCE = {"suites_seen", "compression", "alpn", "certificates", "host_keys", "dh_groups", "weaknesses"}
COMPLETE = {"certificates_complete", "kexinit_complete", "host_keys_complete", "dh_groups_complete", "auth_complete"}


def run(program, probe, target):
    """(exit code or None when it had to be ended, what it printed, its errors, peak resident memory in KB, seconds)"""
    begun = time.monotonic()
    with subprocess.Popen([program, "probe", probe, "--target", target, "--param", f"timeout_ms={TIMEOUT_MS[probe]}", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1"}) as child:
        watch = threading.Timer(SECONDS_MAX, child.kill)
        watch.start()
        text, errors = child.stdout.read(), child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)  # with all that it has waited for itself
        watch.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
    code = child.returncode if child.returncode >= 0 else None
    return code, text.decode(), errors.decode(errors="replace"), usage.ru_maxrss, time.monotonic() - begun


def claims(facts):
    """What it says about things that are not there."""
    found = [name for name in facts if name in ABSENCE]
    found += [name for name in facts if name in EMPTY_IS_ABSENCE and not facts[name]]
    return found + [name for name in facts if name in COMPLETE and facts[name]]


def judge(result, says_something, may_be_lost, limit_kb):
    code, text, errors, peak_kb, seconds = result
    if code not in (0, 69):
        return f"ended with {code} after {seconds:.1f} s: {errors[-1500:]}"
    if peak_kb > limit_kb:
        return f"{peak_kb} KB of memory, more than {limit_kb}"
    if code == 69:
        return "nobody answers, it says, and somebody did" if says_something and not may_be_lost else ""
    record = json.loads(text)
    wrong = [] if says_something else claims(record["facts"])
    if record["status"] != "observed" or wrong:
        return f"status {record['status']}, claims {wrong}: {text}"
    return ""


def is_sanitized(program):
    return b"__asan_init" in pathlib.Path(program).read_bytes()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--slowest", type=int, default=5)
    arguments = parser.parse_args()
    program, begun, limit_kb = arguments.hoshitori, time.monotonic(), LIMIT_KB
    with subprocess.Popen([sys.executable, "-B", str(HERE / "serve.py")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as served:
        everything = json.loads(served.stdout.readline())
        if is_sanitized(program):
            closed = next(case for case in everything if case[1] == "closed at once")
            limit_kb += max(0, run(program, *closed[:1], closed[2])[3] - PLAIN_KB)
        cases = [case for case in everything if arguments.only in f"{case[0]} {case[1]}"]
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda case: run(program, case[0], case[2]), cases))
        served.kill()
    faults = []
    for (probe, name, _, says_something), result in zip(cases, results):
        fault = judge(result, says_something, "reset" in name, limit_kb)  # which takes with it what was not read
        faults += [f"{probe}: {name}: {fault}"] if fault else []
    for (probe, name, _, _), result in sorted(zip(cases, results), key=lambda each: -each[1][4])[:arguments.slowest]:
        print(f"{result[4]:6.1f} s {result[3] / 1024:6.1f} MB  {probe}: {name}")
    print(f"{len(cases)} cases in {time.monotonic() - begun:.0f} s; the most memory "
          f"{max(result[3] for result in results) / 1024:.1f} MB, limit {limit_kb / 1024:.0f} MB"
          f"{' (with a sanitizer)' if limit_kb > LIMIT_KB else ''}", *(faults or ["each ended as data"]), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
