#!/usr/bin/env python3
"""Points hoshitori, sslscan, nmap and, when asked to, testssl.sh at the same TLS servers and compares what they say.

Each server's configuration states what it accepts, and ours must say just that, on every Debian. Where another tool says
something else, differences.json must name it with its reason and with who is right. That table is of the tools' versions
that it names: with these a difference that is not there, or that is there and no longer seen, is a fault; of other
versions differences are only shown. Some servers are asked 20 times: the facts must be the same to the byte.

Exit 0: all is as stated; 1: not; 77: a tool is missing. --testssl NAME...: testssl.sh too, where it is installed, on these
servers or on all, up to a minute each. --suites is harness/wire/tls_suites.def.
--write: docs/probes/tls-differences.md anew from the tables."""
import argparse
import concurrent.futures
import json
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "daemons")]
# pylint: disable=wrong-import-position
import differences  # noqa: E402
import keys  # noqa: E402
import matrix  # noqa: E402
import scanners  # noqa: E402
import servers  # noqa: E402
import suite_table  # noqa: E402

STARTED_MIN = 60  # of matrix.SERVERS; fewer than these and the comparison is not what it says
RUNS = 20
ASKED_AGAIN = ("nginx-legacy", "openssl-12-both-client", "gnutls-normal", "mbedtls-12-13")
# Which kinds of line a tool gives, where it found the server at all.
TELLS = {"sslscan": ("version", "suite", "group", "scheme", "key", "dh"), "nmap": ("version", "suite", "dh", "order"),
         "testssl": ("version", "suite")}
AT_ONCE = 3
ASKED_MORE = 2  # times, of a tool that says something unexplained


def side_by_side(function, items):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, items))


def against_truth(server, facts):
    """What ours says and the configuration does not, in words."""
    faults = []
    truth = server.truth()
    if sorted(facts.get("versions", ())) != sorted(truth):
        faults.append(f"versions {facts.get('versions')}, configured {sorted(truth)}")
    for version, suites in truth.items():
        mine = set(facts.get("suites", {}).get(version, ()))
        if mine != suites:
            faults.append(f"{version}: not configured {sorted(mine - suites)}, not found {sorted(suites - mine)}")
    shown = sorted({(row["key_type"], row["key_bits"]) for row in facts.get("certificates", ())})
    wanted = sorted({keys.KINDS[name][1] for name in server.keys})
    if shown != wanted or (wanted and facts.get("hostname_match") is not True):
        faults.append(f"certificates {shown}, configured {wanted}; hostname_match {facts.get('hostname_match')}")
    faults += [f"{name} is {facts.get(name)}, configured {value}" for name, value in server.facts.items()
               if facts.get(name) != value]
    return [f"{server.name}: {fault}" for fault in faults]


def peer_differences(peer, facts, theirs):
    """Yields (kind, line)."""
    mine = scanners.our_lines(facts)
    for kind, lines in (("only ours", mine - theirs), ("only theirs", theirs - mine)):
        for line in sorted(lines):
            told = line.split()[0] in TELLS[peer]
            if told and not (line.startswith("order ") and not same_order_told(line, theirs, mine)):
                yield kind, line


def against_peer(server, peer, facts, theirs, known, again):
    """again: asks the peer once more. On a busy machine it misses this or that."""
    for _ in range(ASKED_MORE):
        if all(known.explains(peer, server.name, *each) is not None for each in peer_differences(peer, facts, theirs)):
            break
        theirs = again()
    for kind, line in peer_differences(peer, facts, theirs):
        known.see(peer, server.name, kind, line)


def same_order_told(line, theirs, mine):
    """nmap names an order only where it has seen one; so do we."""
    start = line.rsplit(" ", 1)[0] + " "
    return all(any(each.startswith(start) and each.split()[-1] in ("server", "client") for each in lines)
               for lines in (theirs, mine))


def ask_again(program, name, port):
    said = {json.dumps(scanners.ours(program, port)[0], sort_keys=True) for _ in range(RUNS)}
    return [] if len(said) == 1 else [f"{name}: {len(said)} different answers in {RUNS} runs: {sorted(said)}"]


def ask_all(arguments, ports, known):
    """Faults of ours, in words; of the others known takes note."""
    table, faults = servers.TABLE, []
    asked = [server for server in matrix.SERVERS if server.name in ports]
    pool = concurrent.futures.ThreadPoolExecutor(1)
    slow = {name: pool.submit(scanners.testssl, ports[name], table) for name in arguments.testssl if name in ports}
    mine = side_by_side(lambda server: scanners.ours(arguments.hoshitori, ports[server.name]), asked)
    nmaps, nmap_seconds = scanners.nmap(sorted(ports.values()), table)
    sslscans = side_by_side(lambda server: scanners.sslscan(ports[server.name], table), asked)
    for server, (facts, _), (theirs, _) in zip(asked, mine, sslscans):
        faults += against_truth(server, facts)
        port = ports[server.name]
        against_peer(server, "sslscan", facts, theirs, known, lambda port=port: scanners.sslscan(port, table)[0])
        against_peer(server, "nmap", facts, nmaps[port], known, lambda port=port: scanners.nmap([port], table)[0][port])
    for name, begun in slow.items():
        server = next(each for each in asked if each.name == name)
        theirs, seconds = begun.result()
        print(f"testssl on {name}: {seconds:.0f} s", flush=True)
        against_peer(server, "testssl", mine[asked.index(server)][0], theirs, known,
                     lambda name=name: scanners.testssl(ports[name], table)[0])
    for more in side_by_side(lambda name: ask_again(arguments.hoshitori, name, ports[name]),
                             [name for name in ASKED_AGAIN if name in ports]):
        faults += more
    print(f"{len(asked)} servers; ours {sum(seconds for _, seconds in mine):.1f} s, sslscan "
          f"{sum(seconds for _, seconds in sslscans):.1f} s, nmap {nmap_seconds:.1f} s in one go")
    return faults


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    parser.add_argument("--suites", required=True)
    parser.add_argument("--mbedtls-server", required=True)
    parser.add_argument("--testssl", nargs="*", metavar="NAME")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.testssl == []:
        arguments.testssl = [server.name for server in matrix.SERVERS]
    elif arguments.testssl is None or not shutil.which("testssl"):
        arguments.testssl = []
    return arguments


def main():
    arguments = parse()
    peers = ["sslscan", "nmap"] + (["testssl"] if arguments.testssl else [])
    missing = [tool for tool in [*peers, "openssl", "gnutls-cli"] if not shutil.which(tool)]
    if missing:
        print("missing:", ", ".join(missing))
        return 77
    servers.TABLE.update(suite_table.read(arguments.suites))
    known = differences.Known({peer: scanners.version_of(peer) for peer in peers})
    support = HERE.parent.parent / "support"
    with tempfile.TemporaryDirectory(prefix="hoshitori-tls-") as folder:
        room = servers.Room(folder, {"mbedtls": str(pathlib.Path(arguments.mbedtls_server).resolve()),
                                     "old_ssl": str(support / "old_ssl.py")})
        try:
            ports, not_started = room.start_all(matrix.SERVERS)
            print(*(f"not started: {each}" for each in not_started), sep="\n")
            faults = ask_all(arguments, ports, known)
        finally:
            room.stop()
    if len(ports) < STARTED_MIN:
        faults.append(f"only {len(ports)} of {len(matrix.SERVERS)} servers started")
    faults += known.faults(set(ports), set(arguments.testssl))
    faults += differences.document(matrix.SERVERS, write=arguments.write)
    print("\n".join(faults) if faults else "no unexplained difference")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
