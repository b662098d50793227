"""All 65,535 TCP ports on loopback: hoshitori probe tcp_ports beside nmap's connect scan, in one run.

Prints both times of each round, and the ratios of the medians and of the best times; exit 1 when the two disagree on
what is open or the ratio of the medians is above --limit. Exit 77: nmap is not installed. Best started by tests/support/own-network,
so that nobody else's ports come and go meanwhile. A release build is what should be measured.
"""
import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time


def timed(command):
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.monotonic() - begun, done.stdout


def ours(program, in_flight):
    command = [program, "probe", "tcp_ports", "--target", "127.0.0.1", "--json"]
    if in_flight:
        command += ["--param", f"in_flight={in_flight}"]
    took, text = timed(command)
    facts = json.loads(text)["facts"]
    if not facts["complete"] or facts["scanned"] != 65535:
        sys.exit(f"the scan is not complete: {facts}")
    return took, set(facts["open"])


def theirs(nmap):
    took, text = timed([nmap, "-sT", "-T4", "-p-", "-n", "-Pn", "127.0.0.1"])
    return took, {int(port) for port in re.findall(r"^(\d+)/tcp +open", text, re.M)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, default=0.5)
    parser.add_argument("--in-flight", default="", help="several, as 64,256,1000: measured as well, for the default")
    options = parser.parse_args()
    nmap = shutil.which("nmap")
    if nmap is None:
        print("SKIP: nmap is not installed")
        return 77
    listeners = [socket.create_server(("127.0.0.1", 20000 + 523 * i)) for i in range(20)]
    wanted = {listener.getsockname()[1] for listener in listeners}
    our_times, their_times, faults = [], [], 0
    for number in range(options.rounds):
        our_time, our_ports = ours(options.hoshitori, None)
        their_time, their_ports = theirs(nmap)
        our_times.append(our_time)
        their_times.append(their_time)
        same = our_ports == their_ports and wanted <= our_ports
        faults += not same
        print(f"round {number + 1}: hoshitori {our_time:.3f} s, nmap -sT -T4 {their_time:.3f} s, open "
              f"{len(our_ports)} and {len(their_ports)}, {'same' if same else 'DIFFERENT'}")
        if not same:
            print("  only ours:", sorted(our_ports - their_ports), "only nmap's:", sorted(their_ports - our_ports))
    for in_flight in filter(None, options.in_flight.split(",")):
        print(f"in_flight {in_flight}: {min(ours(options.hoshitori, in_flight)[0] for _ in range(3)):.3f} s")
    ours_median, theirs_median = statistics.median(our_times), statistics.median(their_times)
    ratio = ours_median / theirs_median
    print(f"best: hoshitori {min(our_times):.3f} s, nmap {min(their_times):.3f} s, "
          f"ratio {min(our_times) / min(their_times):.2f}")
    print(f"median: hoshitori {ours_median:.3f} s, nmap {theirs_median:.3f} s, ratio {ratio:.2f} "
          f"(limit {options.limit})")
    return 1 if faults or ratio > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
