"""OpenSSH, dropbear and tinyssh: which algorithms, keys and groups they offer."""
import os
import pathlib
import subprocess

import accounts
from box import ADDRESS, Configuration, Missing

VERSION, ALGORITHMS, TRUNCATION = "S1.1-12/ssh-version", "S1.1-12/ssh-algorithms", "S1.1-12/ssh-prefix-truncation"
KEYS, GROUPS, ENCRYPTED = "S1.1-12/ssh-host-keys", "S1.1-12/ssh-dh-groups", "S1.1-12/encrypted"
SOUND = {VERSION: "pass", ALGORITHMS: "pass", TRUNCATION: "pass", KEYS: "pass", GROUPS: "pass", ENCRYPTED: "pass"}
SIDE_BY_SIDE = 2

CONFIG = """Port {port}
ListenAddress {address}
PidFile none
StrictModes no
UsePAM no
MaxStartups 100
"""
HARDENED = """KexAlgorithms curve25519-sha256,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512
HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,ecdsa-sha2-nistp256
Ciphers aes256-gcm@openssh.com,aes128-ctr
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256
"""
SHORT_GROUPS = pathlib.Path(__file__).parents[2] / "support" / "ssh_short_groups.py"


def is_at_least(package, version):
    """Of Debian's package, where it is installed."""
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False)
    return subprocess.run(["dpkg", "--compare-versions", shown.stdout, "ge", version], check=False).returncode == 0


def key(box, kind, bits=None):
    path = str(box.folder / f"host_{kind}_{bits or ''}")
    try:
        box.call("ssh-keygen", "-q", "-t", kind, *(["-b", str(bits)] if bits else []), "-N", "", "-f", path)
    except RuntimeError as refused:
        raise Missing(f"this ssh-keygen makes no {kind} of {bits} bits: {refused}") from refused
    return path


def profile(box, port):
    return box.profile([box.service("shell", port, "ssh")])


def sshd(box, more, kinds):
    """`kinds`: (type, bits) of the host keys."""
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # compiled in
    port = box.port()
    text = CONFIG.format(port=port, address=ADDRESS) + more
    text += "".join(f"HostKey {key(box, kind, bits)}\n" for kind, bits in kinds)
    path = box.write("sshd_config", text)
    try:
        box.call("sshd", "-t", "-f", path)
    except RuntimeError as refused:
        raise Missing(f"this sshd does not take the configuration: {refused}") from refused
    box.start("sshd", "-D", "-e", "-f", path, *accounts.without_penalties(box, path), tcp=[port])
    return profile(box, port)


def openssh(name, expect, more="", kinds=(("ed25519", None), ("rsa", 3072), ("ecdsa", 256))):
    return Configuration(f"sshd, {name}", lambda box: sshd(box, more, kinds), expect)


def dropbear(box, kinds):
    port = box.port()
    keys = []
    for kind, bits in kinds:
        path = str(box.folder / f"key_{kind}")
        box.call("dropbearkey", "-t", kind, *(["-s", str(bits)] if bits else []), "-f", path)
        keys += ["-r", path]
    box.start("dropbear", "-F", "-E", "-P", str(box.folder / "pid"), "-p", f"{ADDRESS}:{port}", *keys, tcp=[port])
    return profile(box, port)


def tinyssh(box):
    """It serves one connection on its standard input and output."""
    port, keys = box.port(), str(box.folder / "keys")
    box.call("tinysshd-makekey", keys)
    program = box.find("tinysshd")
    version = subprocess.run([program], capture_output=True, text=True, check=False).stderr
    if any(year in version for year in ("tinyssh_2024", "tinyssh 2024", "2025", "2026")):
        raise Missing("this tinysshd has strict key exchange")
    box.start("socat", f"TCP-LISTEN:{port},bind={ADDRESS},fork,reuseaddr", f"EXEC:{program} {keys}", tcp=[port])
    return profile(box, port)


def short_groups(box, bits):
    """No packaged daemon gives these any more."""
    port = box.port()
    box.start("python3", "-B", str(SHORT_GROUPS), str(port), str(bits), tcp=[port])
    return profile(box, port)


def says(box, identification):
    """A server of which nothing but this is heard before it closes."""
    port = box.port()
    script = box.write("say.sh", f"printf '{identification}\\r\\n'; exec sleep 0.2\n")
    box.start("socat", f"TCP-LISTEN:{port},bind={ADDRESS},fork,reuseaddr", f"EXEC:sh {script}", tcp=[port])
    return profile(box, port)


# Debian 12's offer a group with SHA-1, and no strict key exchange; Debian 13's are better.
DROPBEAR_OFFERS = "pass" if is_at_least("dropbear-bin", "2025") else "review"
TINYSSH_IS_STRICT = "pass" if is_at_least("tinysshd", "20250101") else "review"

CONFIGURATIONS = [
    openssh("as Debian sets it up", SOUND),
    openssh("few and new algorithms", SOUND, HARDENED),
    openssh("CBC and 3DES", {**SOUND, ALGORITHMS: "review"}, "Ciphers aes128-ctr,aes256-cbc,3des-cbc\n"),
    openssh("MACs with SHA-1", SOUND, "MACs hmac-sha1,hmac-sha1-etm@openssh.com\n"),
    openssh("MACs with MD5 and of 96 bits", {ALGORITHMS: "review"}, "MACs hmac-md5,hmac-sha1-96,hmac-sha2-256\n"),
    openssh("a group of 1024 bits", {**SOUND, ALGORITHMS: "fail"},
            "KexAlgorithms curve25519-sha256,diffie-hellman-group1-sha1\n"),
    openssh("groups with SHA-1", {**SOUND, ALGORITHMS: "review"},
            "KexAlgorithms diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1\n"),
    openssh("RSA with SHA-1 alone", {**SOUND, ALGORITHMS: "review"}, "HostKeyAlgorithms ssh-rsa\n", [("rsa", 2048)]),
    openssh("RSA of 1024 bits", {ALGORITHMS: "pass", KEYS: "fail"},
            "RequiredRSASize 1024\nHostKeyAlgorithms rsa-sha2-256,ssh-ed25519\n", [("rsa", 1024), ("ed25519", None)]),
    openssh("DSA", {ALGORITHMS: "review", KEYS: "fail"}, "HostKeyAlgorithms ssh-dss,ssh-ed25519\n",
            [("dsa", 1024), ("ed25519", None)]),
    openssh("a post-quantum exchange alone", SOUND, "KexAlgorithms sntrup761x25519-sha512@openssh.com\n"),
    Configuration("dropbear, as it comes",
                  lambda box: dropbear(box, [("ed25519", None), ("rsa", 2048), ("ecdsa", 256)]),
                  {**SOUND, ALGORITHMS: DROPBEAR_OFFERS}),
    Configuration("dropbear, RSA of 1024 bits", lambda box: dropbear(box, [("rsa", 1024)]),
                  {ALGORITHMS: DROPBEAR_OFFERS, KEYS: "fail", GROUPS: "pass"}),
    Configuration("tinyssh", tinyssh, {**SOUND, TRUNCATION: TINYSSH_IS_STRICT}),
    Configuration("SSH 1 as well", lambda box: says(box, "SSH-1.99-OpenSSH_3.4"),
                  {VERSION: "fail", ALGORITHMS: "inconc"}),
    Configuration("groups of 1024 bits for whoever asks", lambda box: short_groups(box, 1024),
                  {GROUPS: "fail", KEYS: "inconc"}),
    Configuration("groups of 2048 bits for whoever asks", lambda box: short_groups(box, 2048), {GROUPS: "pass"}),
]
