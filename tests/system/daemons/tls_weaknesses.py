"""TLS servers as a device's page: three that are sound, and hoshitori-stub with each flaw that no library has any more."""
import os
import pathlib
import sys

from box import ADDRESS, Configuration

KNOWN = "S1.1-12/tls-weaknesses-known"
SIDE_BY_SIDE = 8
NGINX = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
    ssl_protocols {protocols}; ssl_ciphers {ciphers}; location / {{ return 200 "EX-1"; }} }}
}}
"""

# A service that speaks first, as SMTP and IMAP do; 1: with renegotiation as before RFC 5746 (SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
# SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION).
GREETER = """import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0")
if sys.argv[4] == "1":
    context.options = (context.options & ~0x40000000) | 0x100 | 0x40000
def serve(plain):
    try:
        plain.settimeout(10)
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.sendall(b"220 box.example ESMTP\\r\\n")
            while connection.recv(4096):
                connection.sendall(b"500 what?\\r\\n")
    except OSError:
        plain.close()
listener = socket.create_server((sys.argv[5], int(sys.argv[1])), backlog=64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


def rsa(box):
    certificate, key = str(box.folder / "server.crt"), str(box.folder / "server.key")
    box.call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate)
    return certificate, key


def profile(box, port):
    return box.profile([box.service("page", port, "https")])


def stub(defect=None):
    def start(box):
        program = str(pathlib.Path(os.environ["HOSHITORI_BUILD"]) / "hoshitori-stub")
        port = box.port()
        box.start(program, "tls", "--port-base", str(port), "--state", str(box.folder / "unit"),
                  *(("--defect", defect) if defect else ()), tcp=[port])
        return profile(box, port)
    return start


def openssl(*arguments, pair=rsa):
    def start(box):
        port = box.port()
        certificate, key = pair(box)
        box.start("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-cert", certificate, "-key", key, "-www",
                  "-quiet", *arguments, tcp=[port])
        return profile(box, port)
    return start


def gnutls(box):
    port = box.port()
    certificate, key = rsa(box)
    box.start("gnutls-serv", "--http", "--quiet", "-p", str(port), "--x509certfile", certificate, "--x509keyfile", key,
              "--disable-client-cert", tcp=[port])
    return profile(box, port)


def nginx(protocols="TLSv1.2 TLSv1.3", ciphers="DEFAULT:AES128-SHA"):
    def start(box):
        port = box.port()
        certificate, key = rsa(box)
        user = "user root; " if os.geteuid() == 0 else ""
        config = NGINX.format(user=user, folder=box.folder, port=port, certificate=certificate, key=key,
                              protocols=protocols, ciphers=ciphers)
        box.start("nginx", "-c", box.write("nginx.conf", config), "-e", str(box.folder / "nginx.err"), tcp=[port])
        return profile(box, port)
    return start


def greeter(legacy):
    def start(box):
        port = box.port()
        box.start(sys.executable, box.write("greeter.py", GREETER), str(port), *rsa(box), legacy, ADDRESS, tcp=[port])
        return box.profile([box.service("mail", port, "smtps")])
    return start


CONFIGURATIONS = [
    Configuration("hoshitori-stub tls", stub(), {KNOWN: "pass"}),
    Configuration("openssl s_server", openssl("-cipher", "ALL:@SECLEVEL=0"), {KNOWN: "pass"}),
    Configuration("openssl s_server, TLS 1.0 alone", openssl("-tls1", "-cipher", "ALL:@SECLEVEL=0"), {KNOWN: "pass"}),
    Configuration("gnutls-serv", gnutls, {KNOWN: "pass"}),
    Configuration("a service that speaks first", greeter("0"), {KNOWN: "pass"}),
    Configuration("a service that speaks first, renegotiation as before RFC 5746", greeter("1"), {KNOWN: "fail"}),
    Configuration("nginx", nginx(), {KNOWN: "pass"}),
    Configuration("nginx, TLS 1.3 alone", nginx("TLSv1.3"), {KNOWN: "pass"}),
    # It can be looked at no further: neither sound nor unsound.
    Configuration("openssl s_server, a suite that the probe does not speak",
                  openssl("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"), {KNOWN: "inconc"}),
    Configuration("nginx, ChaCha20 alone", nginx("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305"), {KNOWN: "pass"}),
    Configuration("openssl s_server, renegotiation as before RFC 5746",
                  openssl("-tls1_2", "-legacy_renegotiation", "-client_renegotiation"), {KNOWN: "fail"}),
    Configuration("hoshitori-stub tls, robot-weak", stub("robot-weak"), {KNOWN: "review"}),
    *(Configuration(f"hoshitori-stub tls, {defect}", stub(defect), {KNOWN: "fail"})
      for defect in ("heartbleed", "ccs", "robot", "poodle", "ticketbleed", "legacy-renegotiation")),
]
