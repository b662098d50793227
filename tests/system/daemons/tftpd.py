"""tftpd-hpa, which has no log-in: what it serves, everybody gets."""
from accounts import is_root_of_the_machine
from box import Configuration, Missing

CHECK = "S1.1-01/tftp-hands-out-nothing"


def start(box, files, declared=None):
    """`files`: what is served. `declared`: a protected file that the profile says can be read here, by a role."""
    if not is_root_of_the_machine():
        raise Missing("in.tftpd becomes another user, which needs root")
    port = box.port()
    root = box.directory("served")
    for name in files:
        box.write(f"served/{name}", "wifi key\n")
    # Without an address: where loopback is all there is, it cannot resolve one.
    box.start("in.tftpd", "--foreground", "--listen", "--address", f":{port}", "--user", "root", "--secure",
              root, udp=[port])
    more = {}
    if declared:
        more = {"assets": [{"id": "settings", "kind": "communication-setting"}],
                "auth": [{"id": "none-really", "kind": "key", "service": "boot", "scheme": "other", "roles": ["admin"]}],
                "access": [{"asset": "settings", "service": "boot", "auth": "none-really", "role": "admin",
                            "read": {"path": declared}}]}
    return box.profile([box.service("boot", port, "tftp", "udp")], **more)


CONFIGURATIONS = [
    Configuration("tftpd, nothing is served", lambda box: start(box, []), {CHECK: "pass"}),
    Configuration("tftpd, a boot loader's image alone", lambda box: start(box, ["pxelinux.0"]), {CHECK: "pass"}),
    Configuration("tftpd, the running configuration", lambda box: start(box, ["running-config"]), {CHECK: "fail"}),
    Configuration("tftpd, the declared file", lambda box: start(box, ["ex1.set"], "/ex1.set"), {CHECK: "fail"}),
]
