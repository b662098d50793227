"""Runs a scanner on one port and brings its answer into one form:
version -> set of suite codes."""

import json
import re
import subprocess
import time
import xml.etree.ElementTree as xml

SECONDS = 40


def timed(words, accept=(0,)):
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode not in accept:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout, time.monotonic() - start


def ours(program, port, table):
    by_name = {row["name"]: code for code, row in table.items()}
    text, seconds = timed([program, "probe", "tls_server", "--target", f"127.0.0.1:{port}",
                           "--param", "server_name=device.example", "--json"])
    record = json.loads(text)
    facts = record["facts"]
    if facts.get("undetermined") or sorted(facts["suites"]) != sorted(facts["versions"]):
        raise RuntimeError(f"port {port}: incomplete: {facts}")
    return {version: {by_name[name] for name in names}
            for version, names in facts["suites"].items()}, seconds, facts


def sslscan(port):
    text, seconds = timed(["sslscan", "--xml=-", "--no-colour", "--show-sigs", "--show-certificate",
                           f"127.0.0.1:{port}"])
    root = xml.fromstring(text)
    found = {}
    for protocol in root.iter("protocol"):
        if protocol.get("enabled") == "1":
            kind, version = protocol.get("type"), protocol.get("version")
            found[f"SSLv{version}" if kind == "ssl" else f"TLSv{version}"] = set()
    for cipher in root.iter("cipher"):
        found.setdefault(cipher.get("sslversion"), set()).add(int(cipher.get("id"), 16))
    return found, seconds


def nmap(port, table):
    # nmap writes TLS 1.3 suites as TLS_AKE_WITH_..., and CCM_8 and PSK_DHE its own way.
    by_name = {}
    for code, row in table.items():
        by_name.setdefault(row["name"], code)
        if row["kx"] == "TLS13":
            by_name[re.sub("^TLS_", "TLS_AKE_WITH_", row["name"])] = code
    text, seconds = timed(["nmap", "-n", "-Pn", "-p", str(port), "--script", "ssl-enum-ciphers",
                           "-oX", "-", "127.0.0.1"])
    found = {}
    script = next(xml.fromstring(text).iter("script"), None)
    for version in script if script is not None else ():
        if version.tag != "table":
            continue
        suites = found.setdefault(version.get("key"), set())
        for entry in version.findall("table[@key='ciphers']/table"):
            name = entry.find("elem[@key='name']").text
            if name not in by_name:
                raise RuntimeError(f"nmap reports a suite that the table lacks: {name}")
            suites.add(by_name[name])
    return found, seconds
