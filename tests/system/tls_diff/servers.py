"""What a server of the matrix is, and what its configuration says that it accepts."""
import dataclasses
import functools
import pathlib
import subprocess
import typing

import keys
from box import Box, Missing

TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
PSK = "not-a-secret-of-anybody"
PSK_HEX = PSK.encode().hex()


@dataclasses.dataclass(frozen=True)
class Server:
    """truth: version -> the IANA names of the suites that the configuration allows, or None where it does not say.
    facts: other facts of ours that the configuration settles. keys: names of keys.KINDS that must be shown."""
    name: str
    start: typing.Callable[["Room"], int]  # returns the port
    truth: typing.Callable[[], typing.Dict[str, typing.Optional[frozenset]]]
    keys: typing.Tuple[str, ...] = ()
    facts: typing.Mapping[str, typing.Any] = dataclasses.field(default_factory=dict)


class Room(Box):
    """A box with every kind of key in it. programs: those that are not Debian's, name -> path."""

    def __init__(self, folder, programs):
        super().__init__(folder)
        self.programs = programs
        self.begun = []
        keys.make(self.folder)

    def path(self, name):
        return str(self.folder / name)

    def pair(self, name):
        return self.path(f"{name}.crt"), self.path(f"{name}.key")

    def serve(self, program, *words, port):
        """Does not wait for it."""
        child = self.start(program, *words, cwd=self.folder)
        self.begun.append((child, f"{pathlib.Path(program).name}-{len(self.children) - 1}", port))
        return port

    def start_all(self, servers):
        """(name -> port, what did not start, in words)"""
        ports, faults = {}, []
        for server in servers:
            try:
                ports[server.name] = server.start(self)
            except Missing as missing:
                faults.append(f"{server.name}: {missing}")
        by_port = {port: name for name, port in ports.items()}
        for child, log, port in self.begun:
            try:
                self.wait_for(child, log, [("tcp", port)])
            except RuntimeError as fault:
                faults.append(f"{by_port[port]}: {fault}")
                del ports[by_port[port]]
        return ports, faults


# ---- what OpenSSL makes of its strings ----

FLAGS = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2"}
NEEDS = {"rsa": "Au=RSA", "ec": "Au=ECDSA", "dsa": "Au=DSS", "psk": "Au=PSK", "anonymous": "Au=None"}


@functools.lru_cache(maxsize=None)
def openssl_rows(version, text):
    listed = subprocess.run(["openssl", "ciphers", "-V", "-stdname", "-s", "-psk", FLAGS[version], text], check=True,
                            capture_output=True, text=True).stdout
    return [line.split() for line in listed.splitlines()]


def openssl_suites(version, text, holds):
    """holds: which of NEEDS the server can do. Suites of RSA_PSK need two of them."""
    wanted = {NEEDS[each] for each in holds}
    return frozenset(row[2] for row in openssl_rows(version, text)
                     if row[7] in wanted and ("Kx=RSAPSK" not in row or "psk" in holds))


def by_openssl(versions, text, holds):
    """The truth of a server that OpenSSL's library runs."""
    def truth():
        return {version: frozenset(TLS13) if version == "TLSv1.3" else openssl_suites(version, text, holds)
                for version in versions}
    return truth


def exactly(**by_version):
    """The truth in words: tls12=("TLS_...",) and so on."""
    names = {"ssl3": "SSLv3", "tls12": "TLSv1.2", "tls13": "TLSv1.3"}
    found = {names[key]: frozenset(suites) for key, suites in by_version.items()}
    return lambda: found


# ---- what GnuTLS makes of its own ----

TABLE = {}  # code -> row, as suite_table.read gives it; filled in at the start
GNUTLS_HOLDS = {"rsa": ("_ECDHE_RSA_", "_DHE_RSA_", "TLS_RSA_"), "ec": ("_ECDHE_ECDSA_",), "anonymous": ("_ANON_",),
                "psk": ("TLS_PSK_", "_DHE_PSK_", "_ECDHE_PSK_")}
ORDER = ["TLS1.0", "TLS1.1", "TLS1.2"]


@functools.lru_cache(maxsize=None)
def gnutls_listing(priority):
    return subprocess.run(["gnutls-cli", "-l", "--priority", priority], check=True, capture_output=True,
                          text=True).stdout.splitlines()


def by_gnutls(priority, holds):
    def truth():
        found = {}
        rows = [line.split() for line in gnutls_listing(priority) if line.startswith("TLS_")]
        spoken = next(line for line in gnutls_listing(priority) if line.startswith("Protocols:"))
        for version in [*ORDER, "TLS1.3"]:
            if f"VERS-{version}" not in spoken:
                continue
            found[version.replace("TLS", "TLSv")] = frozenset(
                TABLE[int(high, 16) << 8 | int(low, 16)]["name"]
                for name, high, low, since in ([row[0], row[1].rstrip(","), row[2], row[3]] for row in rows)
                if gnutls_fits(name, since, version, holds))
        return {version: suites for version, suites in found.items() if suites}
    return truth


def gnutls_fits(name, since, version, holds):
    if "TLS1.3" in (since, version):
        return since == version
    held = any(part in name for each in holds for part in GNUTLS_HOLDS[each])
    return held and ORDER.index(since) <= ORDER.index(version)
