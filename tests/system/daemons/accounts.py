"""Daemons that ask the system who may log in: they see accounts of their own, in a mount namespace of their own."""
import os
import shlex

from box import Missing

PAM = """auth required pam_unix.so nullok nodelay
account required pam_permit.so
session required pam_permit.so
"""


def is_root_of_the_machine():
    """Root of a user namespace can neither mount over the system's files nor become somebody else."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and file.read().split()[:2] == ["0", "0"]


def line(box, user, password):
    """(passwd, shadow). "" is an empty password. All are root, who can read the test's folder on any machine."""
    home = box.directory("home")
    hashed = password and box.call("openssl", "passwd", "-6", "-stdin", input=password).strip()
    return f"{user}:x:0:0:{user}:{home}:/bin/sh\n", f"{user}:{hashed}:19000:0:99999:7:::\n"


def start(box, program, *arguments, users, pam=None, read_only=(), **more):
    """Starts a program that knows these accounts, a dictionary of passwords, and nobody else who may log in."""
    if not is_root_of_the_machine():
        raise Missing(f"{program} with accounts of its own needs root")
    lines = [line(box, user, password) for user, password in users.items()]
    with open("/etc/passwd", encoding="utf-8") as file:
        others = "".join(one for one in file if one.split(":", 1)[0] not in users)
    hidden = {"/etc/passwd": box.write("passwd", "".join(one[0] for one in lines) + others),
              "/etc/shadow": box.write("shadow", "".join(one[1] for one in lines), 0o600)}
    if pam:
        hidden[f"/etc/pam.d/{pam}"] = box.write("pam", PAM)
    script = "set -e\n" + "".join(f"mount --bind {shlex.quote(path)} {name}\n" for name, path in hidden.items())
    for folder in map(shlex.quote, read_only):
        script += f"mount --bind {folder} {folder}\nmount -o remount,ro,bind {folder}\n"
    command = " ".join(shlex.quote(word) for word in (box.find(program), *arguments))
    box.start("unshare", "--mount", "sh", box.write("start.sh", script + f"exec {command}\n"), **more)
