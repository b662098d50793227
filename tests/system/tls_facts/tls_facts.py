#!/usr/bin/env python3
"""Servers that were set up for one fact each, right and wrong: what tls_server says about them, twice the same.

Exit: 0 as expected, 1 not, 77 when a tool is missing."""
import argparse
import json
import os
import subprocess
import sys

from boxes import try_all
from box import ADDRESS  # boxes.py says where it is

NAME = "device.example"
RSA, EC, ED = "rsa:2048", "ec", "ed25519"
# Made by `openssl dhparam 1024` for this test; shorter ones no OpenSSL takes.
OWN_PRIME = """-----BEGIN DH PARAMETERS-----
MIGHAoGBAN3nJhQ9AAm0WxZNHUuNTqSGIXSQ4A70k/WJPSzwBGthn9X2qq5rGxt4
9miMgeQ8I+OrmzuG0hkLKxVfOz2LOSWV0CJ5JRfgMXZSTbTwUoQLDy/M2EpbeNw2
59e+IoU67J6DQD/sH+2Q9jGWbeQld11nG51f2dyI/4DjBRcQS6evAgEC
-----END DH PARAMETERS-----
"""
EVERYTHING = ("-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0")
NGINX = """{user} daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit; events {{}}
http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen {address}:{port} ssl default_server; server_name other.example;
            ssl_certificate {other}.crt; ssl_certificate_key {other}.key; }}
  server {{ listen {address}:{port} ssl; server_name {name};
            ssl_certificate {device}.crt; ssl_certificate_key {device}.key; }} }}
"""


def certificate(box, kind, name=NAME, address=True):
    """The path of a .crt and a .key without these ends."""
    stem = str(box.folder / f"{kind.split(':')[0]}-{name}-{address}")
    more = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == EC else []
    box.call("openssl", "req", "-x509", "-newkey", kind, *more, "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             f"subjectAltName=DNS:{name}" + (f",IP:{ADDRESS}" if address else ""), "-keyout", f"{stem}.key", "-out",
             f"{stem}.crt")
    return stem


def openssl(box, kinds, *words, **more):
    """s_server with a certificate of each kind, at most two."""
    port = box.port()
    options = []
    for kind, prefix in zip(kinds, ("", "d")):
        stem = certificate(box, kind)
        options += [f"-{prefix}cert", f"{stem}.crt", f"-{prefix}key", f"{stem}.key"]
    box.start("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-quiet", "-www", *options, *words, tcp=[port],
              **more)
    return port


def stapled(box, status):
    """s_server with an OCSP response that its own key signed."""
    stem = certificate(box, RSA)
    serial = box.call("openssl", "x509", "-in", f"{stem}.crt", "-noout", "-serial").strip().split("=")[1]
    line = {"good": f"V\t360101000000Z\t\t{serial}\tunknown\t/CN={NAME}\n",
            "revoked": f"R\t360101000000Z\t260101000000Z\t{serial}\tunknown\t/CN={NAME}\n", "unknown": ""}[status]
    index, answer = box.write("index.txt", line), str(box.folder / "staple.der")
    request = str(box.folder / "request.der")
    box.call("openssl", "ocsp", "-issuer", f"{stem}.crt", "-cert", f"{stem}.crt", "-reqout", request)
    box.call("openssl", "ocsp", "-index", index, "-rsigner", f"{stem}.crt", "-rkey", f"{stem}.key", "-CA", f"{stem}.crt",
             "-reqin", request, "-respout", answer, "-ndays", "2")
    port = box.port()
    box.start("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-quiet", "-www", "-cert", f"{stem}.crt", "-key",
              f"{stem}.key", "-status", "-status_file", answer, tcp=[port])
    return port


def two_names(box):
    port = box.port()
    config = NGINX.format(folder=box.folder, address=ADDRESS, port=port, name=NAME, user="",
                          other=certificate(box, RSA, "other.example", False), device=certificate(box, EC))
    box.start("nginx", "-c", box.write("nginx.conf", config), "-e", "stderr", tcp=[port])
    return port


def with_primes(box, group):
    path = box.write("dh.pem", OWN_PRIME)
    if group:
        box.call("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:{group}", "-out", path)
    # The library refuses short primes before it reads the command's own words.
    config = box.write("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                                      "[c]\nCipherString = DEFAULT@SECLEVEL=0\n")
    return openssl(box, [RSA], "-no_tls1_3", "-dhparam", path, *EVERYTHING, env={**os.environ, "OPENSSL_CONF": config})


def keys(facts):
    """(type of the key, came with the name, came without)"""
    return sorted({(row["key_type"], row["with_name"], row["without_name"]) for row in facts["certificates"]})


# (name, what starts it, what is expected of the facts; a function is asked of all of them)
CONFIGURATIONS = [
    ("two keys, TLS 1.3 alone", lambda box: openssl(box, [RSA, EC], "-tls1_3", "-alpn", "h2"),
     {keys: [("EC", True, True), ("RSA", True, True)], "alpn": ["h2"], "hostname_match": True, "address_match": True,
      "signature_algorithms_13": ["ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384",
                                  "rsa_pss_rsae_sha512"], "weaknesses": [], "intolerant": [],
      "ocsp_staple": "absent", "session_tickets": True, "resumption": True, "ticket_lifetime_s": 7200}),
    ("Ed25519, TLS 1.3 alone", lambda box: openssl(box, [ED], "-tls1_3"),
     {keys: [("Ed25519", True, True)], "signature_algorithms_13": ["ed25519"]}),
    ("two keys, TLS 1.2 alone", lambda box: openssl(box, [RSA, EC], "-tls1_2"),
     {keys: [("EC", True, True), ("RSA", True, True)], "session_tickets": True, "resumption": True}),
    ("nothing to resume", lambda box: openssl(box, [EC], "-tls1_2", "-no_ticket", "-no_cache"),
     {"session_tickets": False, "resumption": False}),
    ("no tickets in TLS 1.3", lambda box: openssl(box, [EC], "-tls1_3", "-num_tickets", "0"),
     {"session_tickets": False, "resumption": False}),
    ("another certificate without the name", two_names,
     {keys: [("EC", True, False), ("RSA", False, True)], "hostname_match": True, "address_match": False}),
    ("a good staple", lambda box: stapled(box, "good"), {"ocsp_staple": "good"}),
    ("a revoked staple", lambda box: stapled(box, "revoked"), {"ocsp_staple": "revoked"}),
    ("an unknown staple", lambda box: stapled(box, "unknown"), {"ocsp_staple": "unknown"}),
    ("a prime that many share", lambda box: with_primes(box, "ffdhe3072"),
     {"dh_prime": "RFC 7919 ffdhe3072", "dh_bits": 3072, "weaknesses": ["anonymous", "null"]}),
    ("a short prime of its own", lambda box: with_primes(box, None),
     {"dh_prime": "own", "dh_bits": 1024, "weaknesses": ["anonymous", "logjam", "null"]}),
]


def ours(program, port):
    done = subprocess.run([program, "probe", "tls_server", "--target", f"{ADDRESS}:{port}", "--param",
                           f"server_name={NAME}", "--json"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["facts"]


def compare(program, port, expect):
    facts = ours(program, port)
    faults = [f"undetermined: {facts['undetermined']}"] if "undetermined" in facts else []
    for what, wanted in expect.items():
        found = what(facts) if callable(what) else facts.get(what)
        if found != wanted:
            faults.append(f"{getattr(what, '__name__', what)} is {found}, not {wanted}")
    if ours(program, port) != facts:
        faults.append("another time it says something else")
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hoshitori", required=True)
    program = parser.parse_args().hoshitori
    return try_all((name, lambda box, start=start, expect=expect: compare(program, start(box), expect))
                   for name, start, expect in CONFIGURATIONS)


if __name__ == "__main__":
    sys.exit(main())
