"""Runs a scanner and brings its answer into one form: a set of lines, such as

    version TLSv1.2                                    group secp256r1           key RSA 2048
    suite TLSv1.2 TLS_RSA_WITH_AES_128_CBC_SHA         scheme rsa_pkcs1_sha1     dh 1024
    order TLSv1.2 server"""
import json
import pathlib
import re
import subprocess
import tempfile
import time
import xml.etree.ElementTree as xml

from box import ADDRESS

SECONDS = 60
TESTSSL_SECONDS = 600
# testssl writes each protocol by a name of its own.
TESTSSL_VERSIONS = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLSv1.0", "TLS1_1": "TLSv1.1", "TLS1_2": "TLSv1.2",
                    "TLS1_3": "TLSv1.3"}


def timed(words, accept=(0,), seconds=SECONDS, **more):
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False, **more)
    if accept is not None and done.returncode not in accept:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout, time.monotonic() - start


def ours(program, port):
    """(facts, seconds)"""
    text, seconds = timed([program, "probe", "tls_server", "--target", f"{ADDRESS}:{port}", "--param",
                           "server_name=device.example", "--json"])
    return json.loads(text)["facts"], seconds


def our_lines(facts):
    found = {f"version {version}" for version in facts.get("versions", ())}
    found |= {f"suite {version} {name}" for version, names in facts.get("suites", {}).items() for name in names}
    found |= {f"group {name}" for name in facts.get("groups", ())}
    found |= {f"scheme {name}" for name in facts.get("signature_algorithms", ())}
    found |= {f"key {row['key_type']} {row['key_bits']}" for row in facts.get("certificates", ()) if row["position"] == 0}
    found |= {f"order {row['version']} {row['order']}" for row in facts.get("preference", ())}
    return found | ({f"dh {facts['dh_bits']}"} if "dh_bits" in facts else set())


def sslscan(port, table):
    text, seconds = timed(["sslscan", "--xml=-", "--no-colour", "--show-sigs", "--show-certificate",
                           f"{ADDRESS}:{port}"])
    return sslscan_lines(text, table), seconds


def sslscan_lines(text, table):
    root = xml.fromstring(text)
    found = set()
    for each in root.iter("protocol"):
        if each.get("enabled") == "1":
            found.add(f"version {'SSL' if each.get('type') == 'ssl' else 'TLS'}v{each.get('version')}")
    for each in root.iter("cipher"):
        code = int(each.get("id"), 16)
        found.add(f"suite {each.get('sslversion')} {table[code]['name'] if code in table else each.get('id')}")
    found |= {f"group {each.get('name').split()[0]}" for each in root.iter("group")}
    found |= {f"scheme {each.get('name')}" for each in root.iter("connection-signature-algorithm")
              if each.get("sslversion") == "TLSv1.2"}
    found |= {f"key {each.get('type')} {each.get('bits')}" for each in root.iter("pk") if each.get("bits")}
    primes = [int(each.get("dhebits")) for each in root.iter("cipher") if each.get("dhebits")]
    return found | ({f"dh {min(primes)}"} if primes else set())


def nmap_script(script, names):
    found, primes = set(), []
    for version in script.findall("table"):
        name = version.get("key")
        found.add(f"version {name}")
        for entry in version.findall("table[@key='ciphers']/table"):
            suite = entry.find("elem[@key='name']").text
            if suite not in names:
                raise RuntimeError(f"nmap reports a suite that the table lacks: {suite}")
            found.add(f"suite {name} {names[suite]}")
            info = entry.find("elem[@key='kex_info']")
            primes += [int(info.text.split()[1])] if info is not None and info.text.startswith("dh ") else []
        order = version.find("elem[@key='cipher preference']")
        if order is not None and order.text in ("server", "client"):
            found.add(f"order {name} {order.text}")
    return found | ({f"dh {min(primes)}"} if primes else set())


def nmap(ports, table):
    """All ports in one go: ({port: lines}, seconds)"""
    # It writes TLS 1.3 suites in a way of its own.
    names = {re.sub("^TLS_", "TLS_AKE_WITH_", row["name"]) if row["kx"] == "TLS13" else row["name"]: row["name"]
             for row in table.values()}
    # "+": also on a port that it would not take for TLS by its number.
    text, seconds = timed(["nmap", "-n", "-Pn", "-p", ",".join(map(str, ports)), "--script", "+ssl-enum-ciphers", "-oX",
                           "-", ADDRESS], seconds=4 * SECONDS)
    found = {port: set() for port in ports}
    for port in xml.fromstring(text).iter("port"):
        for script in port.findall("script[@id='ssl-enum-ciphers']"):
            found[int(port.get("portid"))] = nmap_script(script, names)
    return found, seconds


def testssl(port, table, full=False):
    """Protocols and each protocol's suites; full: everything that it tries."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "result.json"
        words = [] if full else ["-p", "-E"]
        _, seconds = timed(["testssl", *words, "--warnings", "off", "--color", "0", "--quiet", "--mapping", "iana",
                            "--ip", "one", "--jsonfile", str(path), f"{ADDRESS}:{port}"], accept=None,
                           seconds=TESTSSL_SECONDS, cwd=folder, stdin=subprocess.DEVNULL)
        rows = json.loads(path.read_text(encoding="utf-8"))
    found = set()
    for row in rows:
        if row["id"] in TESTSSL_VERSIONS and re.match("offered|supported", row["finding"]):
            found.add(f"version {TESTSSL_VERSIONS[row['id']]}")
        suite = re.match(r"cipher-(tls1(?:_[123])?|ssl[23])_x(\w+)$", row["id"])
        if suite:
            version = TESTSSL_VERSIONS[suite[1].upper().replace("SSL", "SSLv")]
            code = int(suite[2], 16)
            found.add(f"suite {version} {table[code]['name'] if code in table else suite[2]}")
    return found, seconds


def version_of(peer):
    """As the committed table names it."""
    words = {"sslscan": ["sslscan", "--version"], "nmap": ["nmap", "--version"], "testssl": ["testssl", "--version"]}
    text = re.sub(r"\x1b\[[0-9;]*m", "", timed(words[peer], accept=None)[0])
    found = re.search(r"\d+\.\d+(\.\d+)?", text)
    return found[0] if found else "unknown"
