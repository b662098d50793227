"""The TLS servers that every scanner is pointed at: nginx and OpenSSL, three each."""

import pathlib
import socket
import subprocess
import time

LEGACY = "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0"

NGINX = {
    "nginx-modern": dict(cert="ec", text="ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "
                         "ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;"),
    "nginx-legacy": dict(cert="rsa", text=f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers "
                         f"{LEGACY}; ssl_prefer_server_ciphers on; ssl_dhparam dh.pem;"),
    "nginx-13-only": dict(cert="ec", text="ssl_protocols TLSv1.3;"),
}

OPENSSL = {
    "openssl-12-dhe": ["-cert", "rsa.crt", "-key", "rsa.key", "-dcert", "ec.crt", "-dkey", "ec.key",
                       "-tls1_2", "-cipher", "ECDHE+AES:DHE+AES", "-serverpref",
                       "-dhparam", "dh.pem"],
    "openssl-10-11": ["-cert", "rsa.crt", "-key", "rsa.key", "-no_tls1_2", "-no_tls1_3",
                      "-cipher", LEGACY, "-dhparam", "dh.pem"],
    "openssl-any": ["-cert", "rsa.crt", "-key", "rsa.key", "-cipher",
                    "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-psk", "001122334455", "-dhparam",
                    "dh.pem"],
}


def make_keys(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    san = ["-days", "2", "-nodes", "-subj", "/CN=device.example",
           "-addext", "subjectAltName=DNS:device.example,IP:127.0.0.1"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-keyout", "rsa.key", "-out", "rsa.crt", *san)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout",
            "ec.key", "-out", "ec.crt", *san)
    openssl("dhparam", "-dsaparam", "-out", "dh.pem", "2048")


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_for(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"no server came up on port {port}")


class Servers:
    """with Servers(folder, nginx_path) as ports: name -> port; all stopped at the end."""

    def __init__(self, folder, nginx):
        self.folder = pathlib.Path(folder)
        self.nginx = nginx
        self.running = []

    def start(self, words):
        self.running.append(subprocess.Popen(
            words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))

    def __enter__(self):
        names = [*NGINX, *OPENSSL]
        ports = dict(zip(names, free_ports(len(names))))
        make_keys(self.folder)
        blocks = "\n".join(
            f"server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {each['cert']}.crt; "
            f"ssl_certificate_key {each['cert']}.key; {each['text']} }}"
            for name, each in NGINX.items())
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {self.folder}/nginx.pid; error_log stderr crit;"
            f"events {{}} http {{ access_log off; {temporary} {blocks} }}", encoding="utf-8")
        self.start([self.nginx, "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"])
        for name, words in OPENSSL.items():
            self.start(["openssl", "s_server", "-accept", f"127.0.0.1:{ports[name]}", "-quiet",
                        "-www", *words])
        try:
            for port in ports.values():
                wait_for(port)
        except RuntimeError:
            self.__exit__()
            raise
        return ports

    def __exit__(self, *_):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
