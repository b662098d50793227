"""The telnet servers of busybox and inetutils, with the log-in program of busybox in a root of its own."""
import shutil
import subprocess

import accounts
from box import ADDRESS, Configuration, Missing

WRONG, COMMON = "S1.1-01/wrong-password-refused", "S1.1-02/common-credentials"


# Asks as login(1) does, without its seconds of delay after each failure.
QUICK = """#!/bin/sh
for try in 1 2 3; do
    printf 'ex1 login: '; read -r user || exit
    stty -echo; printf 'Password: '; read -r password || exit; stty echo; echo
    case "$user:$password" in {pairs}) PS1='# ' exec /bin/sh -i ;; esac
    echo 'Login incorrect'
done
"""


def account(box, user, password):
    shadow = accounts.line(box, user, password)[1].split(":")[1]
    return f"{user}:{shadow}:0:0:{user}:/:/bin/sh\n"


def login_program(box, users):
    """busybox login behind chroot: one account a user, and nobody else's files."""
    if not accounts.is_root_of_the_machine():
        raise Missing("busybox login in a root of its own needs root")
    root = box.directory("root")
    busybox = box.find("busybox")
    box.directory("root/bin")
    shutil.copy(busybox, f"{root}/bin/busybox")
    (box.folder / "root/bin/sh").symlink_to("busybox")
    box.write("root/etc/passwd", "".join(account(box, user, password) for user, password in users.items()))
    box.write("root/etc/group", "root:x:0:\n")
    box.call("chroot", root, "/bin/busybox", "true")
    return box.write("login", f"#!/bin/sh\nexec {box.find('chroot')} {root} /bin/busybox login\n", 0o755)


def quick_program(box, users):
    pairs = "|".join(f"'{user}:{password}'" for user, password in users.items())
    return box.write("login", QUICK.format(pairs=pairs), 0o755)


def shell_program(box, _):
    return box.write("shell", "#!/bin/sh\nPS1='# ' exec /bin/sh -i\n", 0o755)


def busybox_telnetd(box, program):
    port = box.port()
    box.start("busybox", "telnetd", "-F", "-b", ADDRESS, "-p", str(port), "-l", program, tcp=[port])
    return port


def inetutils_telnetd(box, program):
    """It serves one connection, from inetd: a loop of ours accepts."""
    telnetd = box.find("telnetd")

    def serve(connection):
        with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", telnetd, "-h", "-E", program], stdin=connection,
                              stdout=connection, stderr=subprocess.DEVNULL):
            pass

    return box.accept(serve)


def start(box, telnetd, others=None, program=quick_program):
    password = box.password()
    port = telnetd(box, program(box, {"admin": password, **(others or {})}))
    return box.profile(
        [box.service("console", port, "telnet")],
        auth=[{"id": "console-login", "kind": "password", "service": "console", "scheme": "telnet", "roles": ["admin"],
               "credentials": [box.credential("admin", "admin", password)]}],
        limits={"concurrency": 4, "login_attempts": 60})


SIDE_BY_SIDE = 3
CONFIGURATIONS = [
    Configuration("busybox telnetd, a password of its own", lambda box: start(box, busybox_telnetd),
                  {WRONG: "pass", COMMON: "pass"}),
    Configuration("busybox telnetd, a common password", lambda box: start(box, busybox_telnetd, {"root": "xc3511"}),
                  {COMMON: "fail"}),
    Configuration("busybox telnetd, no log-in at all",
                  lambda box: start(box, busybox_telnetd, program=shell_program), {WRONG: "fail"}),
    Configuration("busybox telnetd, busybox login",
                  lambda box: start(box, busybox_telnetd, program=login_program), {WRONG: "pass"}),
    Configuration("inetutils telnetd, a password of its own", lambda box: start(box, inetutils_telnetd),
                  {WRONG: "pass"}),
    Configuration("inetutils telnetd, a common password", lambda box: start(box, inetutils_telnetd, {"root": "xc3511"}),
                  {COMMON: "fail"}),
    Configuration("inetutils telnetd, no log-in at all",
                  lambda box: start(box, inetutils_telnetd, program=shell_program), {WRONG: "fail"}),
]
