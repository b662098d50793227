"""Starts real UDP daemons on usual and odd ports and checks that udp_services names each of them; then a device from
which nothing comes back, one that limits its ICMP errors, one over IPv6, and the reference camera.

With --compare nmap -sU looks at the same ports, and both answers and times are printed. Needs a network of its own
(tests/support/own-network). Exit 77: fewer than MINIMUM kinds of daemon are installed, or no bridge and veth.
Packages: snmpd libcoap3-bin dnsmasq-base openssl; more is asked where it is installed: tftpd-hpa, ntpsec or chrony,
minissdpd, avahi-daemon, kamailio, strongswan-charon; for --compare also nmap.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from udp_daemons import Daemons
from box import Missing, listens  # its folder was added by the line before

ADDRESS, MUTE, LIMITED = "10.77.0.1", "10.77.0.9", "10.78.0.2"
KINDS = ("snmpd", "snmpd_v3_only", "snmpd_v1_only", "tftpd", "coap_server", "coap_server_dtls", "openssl_dtls", "dnsmasq",
         "dnsmasq_dhcp", "ntpd", "chronyd", "minissdpd", "avahi", "kamailio", "charon")
MINIMUM = 4
BASE = 21000


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0


def network_make():
    """dev0 is a device of ours that multicast works on; MUTE lies behind it and never answers."""
    # Without a broadcast address the kernel gives its own, and libcoap 4.3.4 takes what is sent there for a multicast.
    return (ip("link", "add", "dev0", "type", "bridge") and ip("addr", "add", f"{ADDRESS}/24", "brd", "+", "dev", "dev0")
            and ip("link", "set", "dev0", "up", "multicast", "on") and ip("route", "add", "239.0.0.0/8", "dev", "dev0")
            and ip("neigh", "add", MUTE, "lladdr", "02:00:00:00:00:09", "dev", "dev0", "nud", "permanent"))


def limited_host_make():
    """A host of its own behind a veth: Linux limits its ICMP errors there, as it does not on loopback."""
    host = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "60"])
    time.sleep(0.3)
    inside = ["nsenter", "-t", str(host.pid), "-n", "ip"]
    made = (ip("link", "add", "far0", "type", "veth", "peer", "name", "far1")
            and ip("link", "set", "far1", "netns", str(host.pid)) and ip("addr", "add", "10.78.0.1/24", "dev", "far0")
            and ip("link", "set", "far0", "up")
            and subprocess.run([*inside, "addr", "add", f"{LIMITED}/24", "dev", "far1"], check=False).returncode == 0
            and subprocess.run([*inside, "link", "set", "far1", "up"], check=False).returncode == 0)
    time.sleep(0.3)
    return host, made


def ask(program, target, ports, *params):
    begun = time.monotonic()
    words = [f"--param={param}" for param in (f"ports={ports}", *params)]
    done = subprocess.run([program, "probe", "udp_services", "--target", target, "--json", *words],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"probe of {target} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["facts"], time.monotonic() - begun


def nmap_answers(ports):
    begun = time.monotonic()
    done = subprocess.run(["nmap", "-sU", "-sV", "-Pn", "-n", "-p", ",".join(map(str, ports)), ADDRESS],
                          capture_output=True, text=True, check=False)
    found = {int(m[1]): m[2].strip() for m in re.finditer(r"^(\d+)/udp +(open.*)$", done.stdout, re.M)}
    begun_plain, took = time.monotonic(), time.monotonic() - begun
    subprocess.run(["nmap", "-sU", "-Pn", "-n", "-p", ",".join(map(str, ports)), ADDRESS], capture_output=True,
                   check=False)
    return found, took, time.monotonic() - begun_plain


def bound_ports():
    found = set()
    for name in ("udp", "udp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            found |= {int(line.split()[1].split(":")[1], 16) for line in table.readlines()[1:]}
    return found


def daemons_start(daemons):
    """port -> (kind, protocol) of all that came up, and the kinds that did not."""
    expected, missing = {}, []
    for number, kind in enumerate(KINDS):
        for port in (None, 20161 + 10 * number):
            if port is None and kind == "chronyd" and expected.get(123):
                continue
            try:
                what = getattr(daemons, kind)(port)
            except (Missing, RuntimeError) as reason:  # or it does not start
                missing.append(f"{kind} on {port or 'its usual port'} ({reason})")
                continue
            if what:
                expected[what[0]] = (kind, what[1])
    for port, (kind, _) in expected.items():
        if kind == "coap_server":
            daemons.wait_for_coap(port)
    time.sleep(1)  # bound is not yet answering: avahi announces itself first
    for port in [port for port in expected if not listens("udp", port)]:
        missing.append(f"{expected.pop(port)[0]} on {port} (it has left)")
    return expected, missing


def daemon_faults(expected, facts):
    rows = {row["port"]: row for row in facts["services"]}
    for port, (kind, protocol) in sorted(expected.items()):
        seen = rows.pop(port, {}).get("protocol")
        if seen != protocol:
            yield f"{kind} on {port}: {protocol} expected, {seen} seen"
    # strongSwan's second port, and what a daemon opens besides.
    for port, row in rows.items():
        if port not in bound_ports():
            yield f"nothing is bound to {port}, yet {row} was seen"
    if facts["silent"] or not facts["complete"] or not facts["closed_seen"]:
        yield f"silent {facts['silent']}, complete {facts['complete']}, closed_seen {facts['closed_seen']}"


def mute_faults(program):
    facts, took = ask(program, MUTE, "usual", "timeout_ms=200", "retries=1")
    print(f"nothing comes back: {len(facts['silent'])} silent of {facts['asked']} in {took:.2f} s")
    if facts["open"] or facts["closed_count"] or facts["closed_seen"] or facts["path_seen"]:
        yield f"of a mute device: {facts}"
    if len(facts["silent"]) != facts["asked"]:
        yield f"of a mute device {facts['asked']} were asked, but silent is {facts['silent']}"


def limited_faults(program):
    host, made = limited_host_make()
    try:
        if not made:
            print("not there: a veth to a host of its own")
            return
        facts, took = ask(program, LIMITED, "usual", "timeout_ms=300", "retries=1")
        impatient, _ = ask(program, LIMITED, "usual", "timeout_ms=300", "retries=1", "patience_s=0")
    finally:
        host.kill()
        host.wait()
    print(f"ICMP errors limited by the device: {facts['closed_count']} closed of {facts['asked']} in {took:.2f} s; "
          f"without patience {impatient['closed_count']}")
    if facts["silent"] or facts["closed_count"] != facts["asked"]:
        yield f"closed ports of a device with a limit taken for silent: {facts['silent']}"
    if not impatient["silent"]:
        yield "this device does not limit its ICMP errors, so patience was not tried"
    if impatient["open"] or not impatient["closed_seen"]:
        yield f"without patience: {impatient}"


def six_faults(program, daemons):
    daemons.address = "::1"
    port = daemons.coap_server(BASE - 1)[0]
    daemons.wait_for_coap(port)
    facts, _ = ask(program, "::1", str(port))
    if facts["protocols"] != ["coap"] or not facts["closed_seen"]:
        yield f"over IPv6: {facts}"


def camera_faults(program, stub, folder):
    for defects in ([], ["--defect", "undeclared-udp"]):
        state = os.path.join(folder, f"camera{len(defects)}")
        with subprocess.Popen([stub, "camera", "--port-base", str(BASE), "--state", state, *defects],
                              stdout=subprocess.PIPE, text=True) as camera:
            camera.stdout.readline()
            facts, took = ask(program, "127.0.0.1", "all", "datagrams_per_second=0")
            camera.terminate()
        print(f"reference camera {defects[1:]}: {facts['services']}, {facts['closed_count']} closed in {took:.2f} s")
        wanted = [BASE + 61] if defects else []  # and none of our own sockets, of which many are open meanwhile
        if facts["open"] != wanted or facts["snmp_public_ports"] != wanted or facts["silent"]:
            yield f"camera {defects}: {facts}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--stub", required=True)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    if not network_make():
        print("SKIP: this network cannot be given a bridge")
        return 77
    with tempfile.TemporaryDirectory(prefix="udp-") as folder:
        daemons = Daemons(folder, ADDRESS)
        try:
            expected, missing = daemons_start(daemons)
            if len({kind for kind, _ in expected.values()}) < MINIMUM:
                print("SKIP: not enough daemons; missing", missing)
                return 77
            ports = sorted(set(expected) | {20160})
            facts, took = ask(options.hoshitori, ADDRESS, "usual," + ",".join(map(str, ports)))
            faults = list(daemon_faults(expected, facts))
            theirs, their_time, plain_time = nmap_answers(ports) if options.compare else ({}, 0, 0)
            faults += list(six_faults(options.hoshitori, daemons))
        finally:
            daemons.stop()
        faults += list(mute_faults(options.hoshitori)) + list(limited_faults(options.hoshitori))
        faults += list(camera_faults(options.hoshitori, options.stub, folder))
    rows = {row["port"]: row for row in facts["services"]}
    for port, (kind, protocol) in sorted(expected.items()):
        row = rows.get(port, {"protocol": "-", "detail": ""})
        print(f"{port:5} {kind:18} {protocol:8} {row['protocol']:8} {row['detail'][:48]}"
              + (f"   | nmap: {theirs.get(port, '-')[:60]}" if options.compare else ""))
    print(f"{len(expected)} services, {facts['asked']} ports, {facts['datagrams']} datagrams in {took:.2f} s"
          + (f"; nmap -sU {plain_time:.1f} s, with -sV {their_time:.1f} s" if options.compare else ""))
    for kind in missing:
        print(f"skip  {kind}")
    for fault in faults:
        print("FAULT:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
