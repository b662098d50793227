"""Runs a scanner on one port and brings its answer into one form: a set of lines such as "cipher aes128-ctr",
"fingerprint ssh-ed25519 SHA256:...", "bits ssh-rsa 3072" and "group diffie-hellman-group-exchange-sha256 2048"."""
import base64
import hashlib
import json
import re
import subprocess
import time
import xml.etree.ElementTree as xml

SECONDS = 60
NMAP_TRIES = 4  # once in a while it shows nothing of tinyssh


def timed(words, accept=(0,)):
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode not in accept:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout, time.monotonic() - start


def ours(program, port):
    """(lines, seconds, facts)"""
    text, seconds = timed([program, "probe", "ssh_server", "--target", f"127.0.0.1:{port}", "--json"])
    facts = json.loads(text)["facts"]
    if not facts.get("kexinit_complete"):
        raise RuntimeError(f"port {port}: incomplete: {facts}")
    found = set()
    for kind, name in (("kex", "kex"), ("marker", "kex_markers"), ("host_key", "host_key_algorithms"),
                       ("cipher", "ciphers"), ("mac", "macs"), ("compression", "compression")):
        found |= {f"{kind} {each}" for each in facts[name]}
    for key in facts["host_keys"]:
        found.add(f"fingerprint {key['type']} {key['fingerprint']}")
        found.add(f"bits {key['type']} {key['bits']}")
    for method in {row["method"] for row in facts["dh_groups"]}:
        found.add(f"group {method} {min(row['bits'] for row in facts['dh_groups'] if row['method'] == method)}")
    return found, seconds, facts


def methods(program, port):
    """What is named for each of the two accounts."""
    text, _ = timed([program, "probe", "ssh_server", "--target", f"127.0.0.1:{port}", "--param",
                     "look_at=authentication", "--json"])
    facts = json.loads(text)["facts"]
    return facts["auth_methods"] if facts["auth_complete"] else facts.get("undetermined")


def algorithm(entry):
    """From 3 on each is an object."""
    return entry["algorithm"] if isinstance(entry, dict) else entry


def shortest_group(method):
    """From 3 on it asks an OpenSSH that gave it 2048 bits once more for longer ones, and says the first in words alone."""
    notes = " ".join(method.get("notes", {}).get("info", []))
    first = re.search(r"fallback mechanism was triggered.* using an? (\d+)-bit modulus", notes)
    return int(first.group(1)) if first else method["keysize"]


def ssh_audit(port):
    # It ends with 2 or 3 when it recommends something.
    text, seconds = timed(["ssh-audit", "-j", f"127.0.0.1:{port}"], (0, 1, 2, 3))
    answer = json.loads(text)
    found = {f"{kind} {algorithm(entry)}" for kind, key in (("cipher", "enc"), ("mac", "mac"), ("compression", "compression"))
             for entry in answer[key]}
    for method in answer["kex"]:
        found.add(f"kex {method['algorithm']}")
        if "keysize" in method:
            found.add(f"group {method['algorithm']} {shortest_group(method)}")
    for key in answer["key"]:
        found.add(f"host_key {key['algorithm']}")
        if "keysize" in key:
            found.add(f"bits ssh-rsa {key['keysize']}")
    found |= {f"fingerprint {each['hostkey']} SHA256:{each['hash']}" for each in answer["fingerprints"]
              if each["hash_alg"] == "SHA256"}
    return found, seconds


def nmap_script(port, script, *more):
    # "+": also on a port that it would not take for SSH by its number.
    text, seconds = timed(["nmap", "-n", "-Pn", "-p", str(port), "--script", f"+{script}", *more, "-oX", "-",
                           "127.0.0.1"])
    return list(xml.fromstring(text).iter("script")), seconds


def nmap(port):
    scripts, seconds = [], 0
    for _ in range(NMAP_TRIES):
        scripts, seconds = nmap_script(port, "ssh2-enum-algos")
        if scripts:
            break
    # ssh-hostkey does not end by itself on every server.
    more, longer = nmap_script(port, "ssh-hostkey", "--script-args", "ssh_hostkey=all", "--script-timeout", "5s")
    kinds = {"kex_algorithms": "kex", "server_host_key_algorithms": "host_key", "encryption_algorithms": "cipher",
             "mac_algorithms": "mac", "compression_algorithms": "compression"}
    found = set()
    for script in scripts + more:
        for table in script.findall("table"):
            if script.get("id") == "ssh2-enum-algos":
                # A server may offer one thing for each direction.
                kind = kinds[table.get("key").removesuffix("_client_to_server").removesuffix("_server_to_client")]
                found |= {f"{kind} {each.text}" for each in table.findall("elem")}
                continue
            row = {each.get("key"): each.text for each in table.findall("elem")}
            digest = base64.b64encode(hashlib.sha256(base64.b64decode(row["key"])).digest()).decode().rstrip("=")
            found.add(f"fingerprint {row['type']} SHA256:{digest}")
            found.add(f"bits {row['type']} {row['bits']}")
    return found, seconds + longer
