"""OpenSSH's sshd."""
import os

import accounts
from box import Configuration

WRONG, COMMON = "S1.1-01/wrong-password-refused", "S1.1-02/common-credentials"
CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
StrictModes no
PermitRootLogin yes
UsePAM {pam}
PasswordAuthentication {plain}
KbdInteractiveAuthentication {asks}
PermitEmptyPasswords {empty}
"""


def yes(value):
    return "yes" if value else "no"


def start(box, others=None, *, asks=False, empty=False, password=None, tries=6, more=""):
    """`asks`: questions (PAM) in place of a plain password. `others`: further accounts. `more`: lines; sshd
    takes the first of a kind."""
    port = box.port()
    password = password or box.password()
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # compiled in
    box.call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(box.folder / "host"))
    config = CONFIG.format(port=port, folder=box.folder, pam=yes(asks), plain=yes(not asks), asks=yes(asks),
                           empty=yes(empty)) + f"{more}MaxAuthTries {tries}\n"
    path = box.write("sshd_config", config)
    accounts.start(box, "sshd", "-D", "-e", "-f", path, *accounts.without_penalties(box, path), tcp=[port],
                   users={"admin": password, **(others or {})}, pam="sshd" if asks else None)
    return box.profile(
        [box.service("shell", port, "ssh")],
        auth=[{"id": "shell-login", "kind": "password", "service": "shell", "scheme": "ssh", "roles": ["admin"],
               "credentials": [box.credential("admin", "admin", password)]}],
        **({"limits": accounts.ONE_BY_ONE} if asks else {}))


CONFIGURATIONS = [
    Configuration("sshd, a password of its own", start, {WRONG: "pass", COMMON: "pass"}),
    Configuration("sshd, one try a connection", lambda box: start(box, tries=1), {WRONG: "pass", COMMON: "pass"}),
    Configuration("sshd, questions in place of a password", lambda box: start(box, asks=True),
                  {WRONG: "pass", COMMON: "pass"}),
    Configuration("sshd, a common password for root", lambda box: start(box, {"root": "xc3511"}),
                  {WRONG: "pass", COMMON: "fail"}),
    Configuration("sshd, a common password asked for by questions", lambda box: start(box, {"root": "vizxv"}, asks=True),
                  {WRONG: "pass", COMMON: "fail"}),
    Configuration("sshd, root without a password", lambda box: start(box, {"root": ""}, empty=True),
                  {WRONG: "pass", COMMON: "fail"}),
]
