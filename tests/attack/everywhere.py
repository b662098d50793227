#!/usr/bin/env python3
"""everywhere.py VERIFIER ATTACK_CASES [--static]: case 140, and what the static verifier is made of.

The same bundle, trust store and time give the same bytes in any locale and time zone, without a network and on a disk
that cannot be written. With --static also: VERIFIER needs no shared library, holds no function that reaches a network,
makes no system call that would, and reads no file but those it is given.

Exit: 0, 1 with words, 77 when this machine gives no namespaces.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NETWORK = re.compile(
    r"^_*(socket|socketpair|connect|bind|listen|accept4?|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg"
    r"|getsockopt|setsockopt|getaddrinfo|getnameinfo|gethostby\w+|getserv\w+|res_n?(query|querydomain|search|mkquery|send|init|close)|ns_(initparse|parserr|name_\w+)|curl_\w+|BIO_connect|BIO_lookup\w*"
    r"|BIO_s_connect|BIO_s_accept|OSSL_HTTP_open|DSO_dlfcn\w*|SSL_(?!str_reasons$)\w+|mbedtls_net_\w+|mbedtls_ssl_\w+|ssh_\w+|coap_\w+)$")
IN_NAMESPACE = ("mount --bind {0} {0} && mount -o remount,bind,ro {0} && cd {0} && ! touch written 2>/dev/null && exec \"$@\"")

problems: list[str] = []


def run(command: list[str], folder: str, **environment: str) -> tuple[int, bytes]:
    # Only what is named: nothing of the caller's may help.
    done = subprocess.run(command, cwd=folder, env={"PATH": os.environ["PATH"], **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, timeout=120)
    return done.returncode, done.stdout


def namespaced() -> list[str]:
    for how in (["--net", "--mount"], ["--user", "--map-root-user", "--net", "--mount"]):
        if subprocess.run(["unshare", *how, "true"], capture_output=True, check=False).returncode == 0:
            return ["unshare", *how]
    print("this machine gives no namespaces")
    sys.exit(77)


def same_everywhere(verifier: str, folder: str) -> None:
    wanted, *arguments = pathlib.Path(folder, "case.txt").read_text(encoding="utf-8").splitlines()
    for form in ([], ["--lang", "en"], ["--lang", "ja"]):
        command = [verifier, *(arguments if not form else [a for a in arguments if a != "--json"] + form)]
        first = run(command, folder)
        if first[0] != int(wanted) or not first[1]:
            problems.append(f"exit {first[0]} with {len(first[1])} bytes: {command}")
        ways = {"a Japanese locale": {"LC_ALL": "ja_JP.UTF-8", "LANG": "ja_JP.UTF-8"},
                "a Turkish locale": {"LC_ALL": "tr_TR.ISO-8859-9"}, "a locale that does not exist": {"LC_ALL": "xx"},
                "Kiritimati": {"TZ": "Pacific/Kiritimati"}, "a zone by rule": {"TZ": "<-12>12"},
                "no zone": {"TZ": ":/dev/null/none"}, "a configuration of OpenSSL's": {"OPENSSL_CONF": "/nonexistent", "OPENSSL_MODULES": "/tmp"},
                "an empty home": {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}}
        for name, environment in ways.items():
            if run(command, folder, **environment) != first:
                problems.append(f"another answer in {name}: {command}")
        alone = [*namespaced(), "sh", "-c", IN_NAMESPACE.format(folder), "sh", *command]
        if run(alone, folder) != first:
            problems.append(f"another answer without a network on a read-only disk: {command}")


def made_of_nothing_else(verifier: str, folder: str) -> None:
    def words(*command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    if "NEEDED" in words("readelf", "-d", verifier):
        problems.append("it needs shared libraries")
    if "INTERP" in words("readelf", "-lW", verifier):
        problems.append("it asks for a dynamic loader")
    names = {line.split()[-1].split("@")[0] for line in words("nm", verifier).splitlines()}
    if "bundle_verify" not in names:
        problems.append("the symbol table does not even hold bundle_verify: nothing can be read from it")
    if reach := sorted(name for name in names if NETWORK.match(name)):
        problems.append("functions that reach a network: " + " ".join(reach))

    arguments = pathlib.Path(folder, "case.txt").read_text(encoding="utf-8").splitlines()[1:]
    calls = pathlib.Path(folder, "calls")
    code, _ = run(["strace", "-f", "-o", str(calls), verifier, *arguments], folder)
    made = re.findall(r"^\d+ +(\w+)\((.*)$", calls.read_text(encoding="utf-8", errors="replace"), re.M)
    opened = [rest for name, rest in made if name in ("open", "openat", "creat")]
    if code != 0 or not any("case.hoshi" in rest for rest in opened):
        problems.append("strace shows no verification")
    if reach := sorted({name for name, _ in made if NETWORK.match(name) or name.startswith("io_uring")}):
        problems.append("system calls that reach a network: " + " ".join(reach))
    if writes := [rest for rest in opened if "O_RDONLY" not in rest]:
        problems.append(f"files opened for writing: {writes}")
    own = ("case.hoshi", "trust.json", "/proc/", "/sys/", "/dev/null", "/dev/urandom",
           "/etc/localtime")  # gmtime_r reads it and does not use it, as the zones above show
    if others := [rest for rest in opened if not any(name in rest for name in own)]:
        problems.append(f"files of this machine read: {others}")


def main() -> int:
    verifier, cases = (os.path.abspath(path) for path in sys.argv[1:3])
    top = tempfile.mkdtemp(prefix="hoshitori-everywhere.")
    try:
        for name in ("000_honest", "115_expired_since"):  # the second with a token, and so with more of libcrypto
            folder = os.path.join(top, name)
            subprocess.run([cases, "emit", name, folder], check=True)
            same_everywhere(verifier, folder)
            if "--static" in sys.argv[3:]:
                made_of_nothing_else(verifier, folder)
    finally:
        shutil.rmtree(top)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
