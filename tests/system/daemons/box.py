"""One box: a daemon that nobody here wrote, set up as a device, in a network namespace of its own.

A file beside this one describes one daemon by a list CONFIGURATIONS. Each entry starts the daemon in a box, gives the
profile that its vendor would declare, and names the verdict expected of each check:

    def open_to_all(box):
        port = box.port()
        box.start("nginx", "-c", box.write("nginx.conf", ...), tcp=[port])
        return box.profile(services=[box.service("web", port, "http")], ...)

    CONFIGURATIONS = [
        Configuration("nginx, nothing asked", open_to_all, {"S1.1-01/read-without-credentials": "fail"}),
    ]

A check named without "@" stands for all its subjects, of which there must be at least one. run.py does the rest.
"""
import dataclasses
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import typing

ADDRESS = "127.0.0.1"
START_SECONDS = 15
P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
PLACES = ":/usr/sbin:/sbin:/usr/lib/postfix/sbin:/usr/lib/ipsec"  # beside PATH


class Missing(Exception):
    """The daemon, or something that it needs, is not on this machine."""


class Box:
    """The folder, the processes and the secrets of one configuration."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.children = []
        self.at_end = []  # called when all processes have gone

    # ---- files ----

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return str(path)

    def directory(self, name):
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return str(path)

    def certificate(self, name="device", subject="localhost", algorithm=P256):
        """(certificate, key) of a self-signed pair; asked for again it is the same."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        if not certificate.exists():
            self.call("openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", "2", "-subj",
                      f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject},IP:{ADDRESS}", "-keyout", str(key), "-out",
                      str(certificate))
        return str(certificate), str(key)

    # ---- processes ----

    def find(self, program):
        path = shutil.which(program, path=os.environ.get("PATH", "") + PLACES)
        if path is None:
            raise Missing(f"{program} is not installed")
        return path

    def call(self, program, *arguments, **more):
        """A command that ends by itself; its output."""
        done = subprocess.run([self.find(program), *arguments], capture_output=True, text=True, check=False, timeout=60,
                              **more)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def start(self, program, *arguments, tcp=(), udp=(), **more):
        """Starts a program that stays in the foreground; returns when it listens on these ports."""
        name = f"{pathlib.Path(program).name}-{len(self.children)}"
        with open(self.folder / f"{name}.log", "wb") as log:
            child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", self.find(program), *arguments],
                                     stdin=more.pop("stdin", subprocess.DEVNULL), stdout=log, stderr=log,
                                     start_new_session=True, **more)
        self.children.append(child)
        self.wait_for(child, name, [("tcp", port) for port in tcp] + [("udp", port) for port in udp])
        return child

    def accept(self, handle):
        """A port of our own; each connection is handed to handle(connection), in a thread of its own."""
        listener = socket.create_server((ADDRESS, 0), backlog=64)
        self.at_end.append(listener.close)

        def serve(connection):
            with connection:
                handle(connection)

        def loop():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        return listener.getsockname()[1]

    def wait_for(self, child, name, wanted):
        deadline = time.monotonic() + START_SECONDS
        while not all(listens(*one) for one in wanted):
            if child.poll() is not None:
                raise RuntimeError(f"{name} ended with {child.returncode}: {self.log(name)}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not listen on {wanted}: {self.log(name)}")
            time.sleep(0.02)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def stop(self):
        """Gently first: some leave files outside the folder otherwise."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            for child in self.children:
                try:
                    os.killpg(child.pid, how)
                except ProcessLookupError:
                    pass
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline and any(child.poll() is None for child in self.children):
                time.sleep(0.02)
        for last in self.at_end:
            last()

    def all_alive(self):
        return all(child.poll() is None for child in self.children)

    # ---- what the vendor declares ----

    @staticmethod
    def port():
        """A port that neither TCP nor UDP uses."""
        while True:
            with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagram:
                stream.bind((ADDRESS, 0))
                try:
                    datagram.bind(stream.getsockname())
                except OSError:
                    continue
                return stream.getsockname()[1]

    def password(self):
        """One that no list has."""
        return "Kq7-" + secrets.token_hex(8)

    def secret(self, text, name=None):
        """A file for `secret_file`."""
        return self.write(name or f"secret-{secrets.token_hex(4)}", text, 0o600)

    def credential(self, role, user, password):
        return {"role": role, "user": user, "secret_file": self.secret(password)}

    @staticmethod
    def service(name, port, protocol, transport="tcp", **more):
        words = {"ja": "利用者が使うため", "en": "the user needs it"}
        return {"id": name, "transport": transport, "port": port, "protocol": protocol, "purpose": words,
                "reason": words, **more}

    @staticmethod
    def profile(services, *, liveness=None, roles=("admin",), **more):
        """A complete profile; `more` replaces or adds top-level keys."""
        return {
            "hoshitori": "profile/1",
            "product": {"vendor": {"name": {"ja": "例示電機", "en": "Example Electric"}}, "model": "EX-1",
                        "type": "network-camera", "firmware": [{"name": "main", "version": "1.0"}]},
            "authorization": {"by": "Example Electric QA", "date": "2026-01-01", "scope": "one daemon on this machine"},
            "reach": {"addresses": [ADDRESS], "liveness": liveness or {"service": services[0]["id"]}},
            "limits": {"concurrency": 4, "connections_per_second": 40000, "login_attempts": 100, "fragile": False},
            "services": services,
            "roles": list(roles),
            **more,
        }


@dataclasses.dataclass(frozen=True)
class Configuration:
    name: str
    start: typing.Callable[[Box], dict]
    expect: typing.Dict[str, str]
    after: typing.Callable[[Box], typing.List[str]] = None  # what is no longer as it was, in words
    params: typing.Dict[str, typing.Any] = None  # parameters of the suite that are replaced

    @property
    def sound(self):
        return set(self.expect.values()) == {"pass"}


def listens(transport, port):
    """Asked of the kernel: a connection would be an event in the daemon's life."""
    for family in ("", "6"):
        try:
            lines = pathlib.Path(f"/proc/net/{transport}{family}").read_text(encoding="ascii").splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port and fields[3] in ("0A", "07"):
                return True
    return False


def write_params(box, params):
    basis = {"level": "project", "document": "a daemon on this machine"}
    return box.write("params.yaml", json.dumps({
        "hoshitori": "params/1", "parameters": {name: {"value": value, "basis": basis} for name, value in params.items()}}))


def write_profile(box, profile):
    """JSON is YAML."""
    return box.write("profile.yaml", json.dumps(profile, ensure_ascii=False, indent=1))
