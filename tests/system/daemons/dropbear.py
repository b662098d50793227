"""dropbear, the SSH server of most small devices."""
import accounts
from box import Configuration

WRONG, COMMON = "S1.1-01/wrong-password-refused", "S1.1-02/common-credentials"


def start(box, others=None, options=()):
    port = box.port()
    password = box.password()
    key = str(box.folder / "host")
    box.call("dropbearkey", "-t", "ed25519", "-f", key)
    accounts.start(box, "dropbear", "-F", "-E", "-P", str(box.folder / "pid"), "-p", f"127.0.0.1:{port}", "-r", key,
                   *options, tcp=[port], users={"admin": password, **(others or {})})
    return box.profile(
        [box.service("shell", port, "ssh")],
        auth=[{"id": "shell-login", "kind": "password", "service": "shell", "scheme": "ssh", "roles": ["admin"],
               "credentials": [box.credential("admin", "admin", password)]}],
        limits={"concurrency": 4, "login_attempts": 50})


SIDE_BY_SIDE = 3  # it waits after each refusal
CONFIGURATIONS = [
    Configuration("dropbear, a password of its own", start, {WRONG: "pass", COMMON: "pass"}),
    Configuration("dropbear, a common password for root", lambda box: start(box, {"root": "xc3511"}),
                  {WRONG: "pass", COMMON: "fail"}),
    Configuration("dropbear, root without a password", lambda box: start(box, {"root": ""}, ["-B"]),
                  {WRONG: "pass", COMMON: "fail"}),
]
