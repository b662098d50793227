"""nginx, gnutls-serv, openssl s_server and sshd, graded by list, strength and tier."""
import os

from box import ADDRESS, Configuration
from dtls import FORWARD, PSK, SHORT, openssl as dtls
from ssh_crypto import HARDENED, openssh

TLS, DTLS, SSH = "S1.1-12/tls-grades", "S1.1-12/dtls-grades", "S1.1-12/ssh-grades"
PRECONDITIONS = "S1.1-12/tls-preconditions"
SIDE_BY_SIDE = 6

CONFIG = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; worker_processes 1;
events {{ worker_connections 256; }}
http {{ access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen {address}:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; {more}
    location / {{ return 200 "EX-1"; }} }} }}
"""
P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
AEAD = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM;"
RSA_AEAD = "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0;"
DEMANDED = {"tls_tier_demanded": "recommended"}
CAMELLIA = ("NONE:+VERS-TLS1.2:+ECDHE-ECDSA:+CAMELLIA-128-GCM:+AEAD:+SIGN-ECDSA-SHA256:+GROUP-SECP256R1:+COMP-NULL"
            ":+CTYPE-X509")


def pair(box, algorithm, days):
    certificate, key = str(box.folder / "server.crt"), str(box.folder / "server.key")
    box.call("openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", str(days), "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)
    return certificate, key


def profile(box, port, protocol="https"):
    return box.profile([box.service("secure", port, protocol)])


def nginx(name, verdict, more, algorithm=P256, days=2, params=None, primes=None, conditions=None):
    def start(box):
        port = box.port()
        certificate, key = pair(box, algorithm, days)
        words = more
        if primes:
            path = str(box.folder / "dh.pem")
            box.call("openssl", "dhparam", "-dsaparam", "-out", path, str(primes))
            words += f" ssl_dhparam {path};"
        # Where the folder is root's alone, workers that became nobody could not read it.
        user = "user root; " if os.geteuid() == 0 else ""
        config = CONFIG.format(user=user, folder=box.folder, address=ADDRESS, port=port, certificate=certificate,
                               key=key, more=words)
        box.start("nginx", "-c", box.write("nginx.conf", config), "-e", str(box.folder / "nginx.err"), tcp=[port])
        return profile(box, port)
    expect = {TLS: verdict, **({PRECONDITIONS: conditions} if conditions else {})}
    return Configuration(f"nginx, {name}", start, expect, params=params)


def gnutls(name, expect, priority, params=None, algorithm=P256):
    def start(box):
        port = box.port()
        certificate, key = pair(box, algorithm, 2)
        box.start("gnutls-serv", "--quiet", "-p", str(port), "--disable-client-cert", "--x509certfile", certificate,
                  "--x509keyfile", key, "--priority", priority, tcp=[port])
        return profile(box, port, "tls")
    return Configuration(f"gnutls-serv, {name}", start, expect, params=params)


def openssl(name, verdict, *arguments):
    """s_server, for what rests on its suites alone."""
    def start(box):
        port = box.port()
        certificate, key = pair(box, ("rsa:2048",), 2)
        box.start("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-cert", certificate, "-key", key, "-www",
                  "-quiet", *arguments, tcp=[port])
        return profile(box, port)
    return Configuration(f"openssl s_server, {name}", start, {PRECONDITIONS: verdict})


CONFIGURATIONS = [
    nginx("P-256 and AES-GCM", "pass", AEAD, conditions="pass"),
    nginx("RSA-2048 for twenty years", "pass", RSA_AEAD, ("rsa:2048",), 7300),
    nginx("RSA-1024", "fail", RSA_AEAD, ("rsa:1024",)),
    nginx("DH of 1024 bits", "fail", "ssl_protocols TLSv1.2; ssl_ciphers DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0;",
          ("rsa:2048",), primes=1024, conditions="fail"),
    nginx("static RSA", "review", "ssl_protocols TLSv1.2; ssl_ciphers AES128-GCM-SHA256;", ("rsa:2048",)),
    nginx("ARIA", "review", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-ARIA128-GCM-SHA256;"),
    nginx("CBC with HMAC-SHA-1 is in the recommended tier", "pass",
          "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-SHA;", params=DEMANDED),
    nginx("static RSA is not in the recommended tier", "review",
          "ssl_protocols TLSv1.2; ssl_ciphers AES128-GCM-SHA256;", ("rsa:2048",),
          params={**DEMANDED, "crypto_list_demanded": "monitored"}),
    gnutls("Camellia-GCM, whose tier is unknown", {TLS: "pass"}, CAMELLIA),
    gnutls("Camellia-GCM where a tier is demanded", {TLS: "review"}, CAMELLIA, DEMANDED),
    gnutls("triple DES", {PRECONDITIONS: "review"}, "NORMAL:+3DES-CBC", algorithm=("rsa:2048",)),
    gnutls("RC4", {PRECONDITIONS: "fail"}, "NORMAL:-VERS-TLS1.3:+ARCFOUR-128", algorithm=("rsa:2048",)),
    openssl("anonymous", "fail", "-tls1_2", "-cipher", "aNULL:ECDHE:@SECLEVEL=0"),
    openssl("no encryption", "fail", "-tls1_2", "-cipher", "eNULL:ECDHE:@SECLEVEL=0"),
    openssl("forward secrecy", "pass", "-cipher", "ECDHE+AESGCM"),
    dtls("forward secrecy", {DTLS: "pass"}, "-dtls1_2", "-listen", "-cipher", FORWARD),
    dtls("pre-shared keys, whose tier is unknown", {DTLS: "pass"}, "-dtls1_2", "-listen", "-psk", PSK, "-cipher",
         "PSK-AES128-CCM8:@SECLEVEL=0", key=None),
    dtls("RSA-1024", {DTLS: "fail"}, "-dtls1_2", "-listen", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
         key=SHORT),
    openssh("few and new algorithms", {SSH: "pass"}, HARDENED),
    openssh("UMAC", {SSH: "review"}, HARDENED.replace("hmac-sha2-256\n", "umac-128@openssh.com\n")),
    openssh("a group of 1024 bits", {SSH: "fail"}, HARDENED.replace("curve25519-sha256,", "diffie-hellman-group1-sha1,")),
    openssh("RSA of 1024 bits", {SSH: "fail"}, HARDENED + "RequiredRSASize 1024\n", [("rsa", 1024), ("ed25519", None)]),
]
