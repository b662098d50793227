#!/usr/bin/env python3
"""Asks hoshitori, and sslscan or OpenSSL, about the same servers in which TLS begins on request, and compares what they say.

Then servers that refuse, hang, close or chatter: what was not seen is not claimed. Exit: 0 as expected, 1 not, 77 when
no daemon can be started here."""
import argparse
import json
import subprocess
import sys
import xml.etree.ElementTree as xml

import servers
from servers import ADDRESS, try_all

SECONDS = 60
# sslscan 2.0 reads no other answer of LDAP than one server's, and waits for XMPP's without end.
WITHOUT_SSLSCAN = ("ldap", "xmpp")
VERSIONS = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
SURVEYED = ("versions", "suites", "weaknesses")


def ours(program, port, protocol, *more, address=ADDRESS):
    done = subprocess.run([program, "probe", "tls_server", "--target", f"{address}:{port}", "--param",
                           f"starttls={protocol}", "--param", "server_name=device.example", "--json", *more],
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["facts"]


def sslscan(port, protocol):
    """version -> set of suite numbers"""
    done = subprocess.run(["sslscan", "--xml=-", "--no-colour", f"--starttls-{protocol}", f"{ADDRESS}:{port}"],
                          capture_output=True, text=True, timeout=SECONDS, check=True)
    found = {}
    for cipher in xml.fromstring(done.stdout).iter("cipher"):
        found.setdefault(cipher.get("sslversion"), set()).add(cipher.get("cipher"))
    return found


def openssl(port, protocol):
    """The versions in which a handshake completes."""
    def completes(option):
        done = subprocess.run(["openssl", "s_client", "-connect", f"{ADDRESS}:{port}", "-starttls", protocol, option,
                               "-cipher", "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SECONDS, check=False)
        return "Cipher is (NONE)" not in done.stdout and "Cipher is " in done.stdout

    return [version for version, option in VERSIONS.items() if completes(option)]


def names_of_openssl():
    """IANA's names of suites, by OpenSSL's."""
    listed = subprocess.run(["openssl", "ciphers", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], capture_output=True,
                            text=True, check=True).stdout
    return {line.split()[2]: line.split()[0] for line in listed.splitlines()}


def compare(program, port, protocol, names, enforced=None):
    """enforced: whether the server refuses log-ins before TLS; None: it does not tell."""
    facts = ours(program, port, protocol)
    if protocol in WITHOUT_SSLSCAN:
        theirs, mine = openssl(port, protocol), facts.get("versions")
    else:
        theirs = {version: {names.get(name, name) for name in suites}
                  for version, suites in sslscan(port, protocol).items()}
        mine = {version: set(suites) for version, suites in facts.get("suites", {}).items()}
    faults = []
    if facts.get("starttls") != "accepted" or facts.get("starttls_clear_after") is not False:
        faults.append(f"starttls is {facts.get('starttls')}, {facts.get('starttls_clear_after')}")
    if not theirs or mine != theirs:
        faults.append(f"ours {mine} against {theirs}")
    if facts.get("hostname_match") is not True:
        faults.append(f"hostname_match is {facts.get('hostname_match')}")
    if facts.get("starttls_enforced") is not enforced:
        faults.append(f"starttls_enforced is {facts.get('starttls_enforced')}, not {enforced}")
    again = ours(program, port, protocol)
    if again != facts:
        faults.append(f"another time other facts: {again} after {facts}")
    return faults


def refused(program, port, protocol, word, *more):
    facts = ours(program, port, protocol, *more)
    faults = [f"{name} is claimed: {facts[name]}" for name in SURVEYED + ("speaks_tls",) if name in facts]
    if facts.get("starttls") != word or not facts.get("undetermined"):
        faults.append(f"starttls is {facts.get('starttls')}, not {word}; undetermined: {facts.get('undetermined')}")
    return faults


def real_daemons(program, names):
    """Yields (name, what tries it in a box)."""
    yield "vsftpd", lambda box: compare(program, servers.vsftpd(box), "ftp", names, True)
    yield "vsftpd without TLS", lambda box: refused(program, servers.vsftpd(box, False), "ftp", "refused")

    def both(box):
        imap, pop3 = servers.dovecot(box)
        return compare(program, imap, "imap", names, False) + compare(program, pop3, "pop3", names, False)

    def neither(box):
        imap, pop3 = servers.dovecot(box, "no")
        return refused(program, imap, "imap", "refused") + refused(program, pop3, "pop3", "refused")

    yield "dovecot", both
    yield "dovecot without TLS", neither
    yield "slapd", lambda box: compare(program, servers.slapd(box), "ldap", names)
    yield "slapd without TLS", lambda box: refused(program, servers.slapd(box, False), "ldap", "refused")


def clear(program, port, protocol, enforced, address=ADDRESS):
    facts = ours(program, port, protocol, address=address)
    found = facts.get("starttls"), facts.get("starttls_enforced")
    return [] if found == ("accepted", enforced) else [f"{protocol}: {found}, not {enforced}"]


def log_ins_in_clear(program):
    yield "vsftpd, log-ins in clear", lambda box: clear(program, servers.vsftpd(box, force=False), "ftp", False)
    for tls, words, enforced in (("required", "", True), ("yes", "", True), ("yes", "disable_plaintext_auth = no", False),
                                 ("yes", "auth_mechanisms = cram-md5", False)):
        def both(box, tls=tls, words=words, enforced=enforced):
            imap, pop3 = servers.dovecot(box, tls, words)
            return (clear(program, imap, "imap", enforced, servers.ELSEWHERE)
                    + clear(program, pop3, "pop3", enforced, servers.ELSEWHERE))
        yield f"dovecot from another address, ssl = {tls}, {words}", both
    for words, enforced in (("", False), ("security simple_bind=128\n", True), ("security ssf=128\n", True)):
        yield f"slapd with a tree, {words.strip()}", lambda box, words=words, enforced=enforced: clear(
            program, servers.slapd(box, tree=True, more=words), "ldap", enforced)
    for protocol in ("smtp", "xmpp"):
        for fault, enforced in (("insist", True), ("open", False)):
            yield f"front, {protocol}, {fault}", lambda box, protocol=protocol, fault=fault, enforced=enforced: clear(
                program, servers.front(box, protocol, fault), protocol, enforced)


def fronts(program, names):
    for protocol in ("smtp", "xmpp"):
        yield f"front, {protocol}", lambda box, protocol=protocol: compare(
            program, servers.front(box, protocol), protocol, names)
    for protocol in ("smtp", "imap", "pop3", "ftp", "ldap", "xmpp"):
        yield f"front, {protocol} refused", lambda box, protocol=protocol: refused(
            program, servers.front(box, protocol, "refuse"), protocol, "refused")
    yield "front, busy", lambda box: refused(program, servers.front(box, "ftp", "busy"), "ftp", "turned away")
    yield "front, closed", lambda box: refused(program, servers.front(box, "smtp", "close"), "smtp", "closed")
    yield "front, silent", lambda box: refused(program, servers.front(box, "smtp", "hang"), "smtp", "silent",
                                               "--param", "timeout_ms=200")
    yield "front, another protocol", lambda box: refused(program, servers.front(box, "pop3"), "imap", "garbled")
    yield "front, in clear after the go-ahead", lambda box: chatter(program, servers.front(box, "smtp", "chatter"))


def chatter(program, port):
    facts = ours(program, port, "smtp")
    faults = [f"{name} is claimed" for name in SURVEYED if name in facts]
    if facts.get("starttls_clear_after") is not True:
        faults.append(f"starttls_clear_after is {facts.get('starttls_clear_after')}")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    program = parser.parse_args().hoshitori
    names = names_of_openssl()
    return try_all([*real_daemons(program, names), *log_ins_in_clear(program), *fronts(program, names)])


if __name__ == "__main__":
    sys.exit(main())
