"""One key and certificate of each kind that a server may hold, and groups for DHE."""
import concurrent.futures
import subprocess

NAME = "device.example"
# name -> (how openssl makes it, type and bits as the fact `certificates` shows them)
KINDS = {
    "rsa1024": (("rsa:1024",), ("RSA", 1024)),
    "rsa2048": (("rsa:2048",), ("RSA", 2048)),
    "rsa3072": (("rsa:3072",), ("RSA", 3072)),
    "rsa4096": (("rsa:4096",), ("RSA", 4096)),
    "p256": (("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), ("EC", 256)),
    "p384": (("ec", "-pkeyopt", "ec_paramgen_curve:P-384"), ("EC", 384)),
    "p521": (("ec", "-pkeyopt", "ec_paramgen_curve:P-521"), ("EC", 521)),
    "ed25519": (("ed25519",), ("Ed25519", 256)),
    "ed448": (("ed448",), ("Ed448", 456)),
    "dsa2048": (("dsa:dsa.pem",), ("DSA", 2048)),
}


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certify(folder, name):
    openssl(folder, "req", "-x509", "-newkey", *KINDS[name][0], "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext",
            f"subjectAltName=DNS:{NAME},IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.crt")


def make(folder):
    openssl(folder, "dsaparam", "-out", "dsa.pem", "2048")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        made = [pool.submit(certify, folder, name) for name in KINDS]
        # A safe prime: what -dsaparam makes is in a form that s_server does not read.
        made.append(pool.submit(openssl, folder, "dhparam", "-out", "dh1024.pem", "1024"))
        made.append(pool.submit(openssl, folder, "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                                "group:modp_2048", "-out", "dh2048.pem"))
        for each in made:
            each.result()
