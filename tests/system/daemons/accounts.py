"""Daemons that ask the system who may log in: they see accounts of their own, by nss_wrapper and pam_wrapper."""
import glob
import os
import secrets
import shlex
import shutil

from box import Missing

PAM = """auth required pam_unix.so nullok nodelay
account required pam_permit.so
session required pam_permit.so
"""

# pam_wrapper makes a folder for each process and clears those of others: one connection at a time.
ONE_BY_ONE = {"concurrency": 1, "connections_per_second": 40000, "login_attempts": 100, "fragile": False}


def is_root_of_the_machine():
    """Root of a user namespace cannot become somebody else."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and file.read().split()[:2] == ["0", "0"]


def line(box, user, password):
    """(passwd, shadow), both with the hash, since pam_unix asks for the second by a call that is not wrapped.

    "" is an empty password. All are root, who can read the test's folder on any machine."""
    home = box.directory("home")
    hashed = password and box.call("openssl", "passwd", "-6", "-stdin", input=password).strip()
    return f"{user}:{hashed}:0:0:{user}:{home}:/bin/sh\n", f"{user}:{hashed}:19000:0:99999:7:::\n"


def library(name):
    """As LD_PRELOAD wants it."""
    if not glob.glob(f"/usr/lib/*/lib{name}.so"):
        raise Missing(f"lib{name.replace('_', '-')} is not installed")
    return f"lib{name}.so"


def without_penalties(box, config):
    """Words for sshd: from 9.8 on it turns sources away that fail, by itself, unless told otherwise."""
    words = ["-o", "PerSourcePenalties=no"]
    try:
        box.call("sshd", "-t", "-f", config, *words)
    except RuntimeError:
        return []
    return words


def mark_wrapper_folders(box):
    """pam_wrapper gives each process a folder below /tmp, wherever TMPDIR points, and only a process that ends by exit()
    takes it away. It copies its configuration there: a file among that shows which folders are ours to remove."""
    mark = f"mark-{secrets.token_hex(8)}"
    box.write(f"pam.d/{mark}", PAM)

    def remove():
        for copy in glob.glob(f"/tmp/pam.*/{mark}"):
            shutil.rmtree(os.path.dirname(copy), ignore_errors=True)

    box.at_end.append(remove)


def behind_mounts(box, read_only, program, arguments):
    """The same command where these folders cannot be written to, not even by root."""
    try:
        box.call("unshare", "--mount", "true")
    except RuntimeError as error:
        raise Missing(f"no mounts of our own here: {error}") from error
    script = "set -e\n" + "".join(f"mount --bind {one} {one}\nmount -o remount,ro,bind {one}\n" for one in read_only)
    command = " ".join(shlex.quote(word) for word in (box.find(program), *arguments))
    return "unshare", ("--mount", "sh", box.write("start.sh", script + f"exec {command}\n"))


def start(box, program, *arguments, users, pam=None, read_only=(), **more):
    """Starts a program that knows these accounts, a dictionary of passwords, and nobody else who may log in."""
    if not is_root_of_the_machine():
        raise Missing(f"{program} with accounts of its own needs root")
    lines = [line(box, user, password) for user, password in users.items()]
    with open("/etc/passwd", encoding="utf-8") as file:
        others = "".join(one for one in file if one.split(":", 1)[0] not in users)
    with open("/etc/group", encoding="utf-8") as file:
        groups = file.read()
    names = {"NSS_WRAPPER_PASSWD": box.write("passwd", "".join(one[0] for one in lines) + others),
             "NSS_WRAPPER_SHADOW": box.write("shadow", "".join(one[1] for one in lines), 0o600),
             "NSS_WRAPPER_GROUP": box.write("group", groups)}
    wrappers = [library("nss_wrapper")]
    if pam:
        wrappers.append(library("pam_wrapper"))
        for service in (pam, "other"):
            box.write(f"pam.d/{service}", PAM)
        mark_wrapper_folders(box)
        names |= {"PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": box.directory("pam.d")}
    if read_only:
        program, arguments = behind_mounts(box, read_only, program, arguments)
    box.start(program, *arguments, env={**os.environ, **names, "LD_PRELOAD": " ".join(wrappers)}, **more)
