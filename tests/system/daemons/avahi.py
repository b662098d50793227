"""Avahi, which answers mDNS: a service that names itself on the network."""
import os

from box import Configuration, Missing

UDP, PROTOCOL, OPEN = "S1.1-13/undeclared-udp", "S1.1-13/declared-udp-protocol", "S1.1-13/declared-open"
MDNS = 5353
CONFIG = """[server]
host-name=ex-1
use-ipv6=no
allow-interfaces=lo
enable-dbus=no
[publish]
publish-workstation=yes
[rlimits]
"""


def start(box, declared_as, port=MDNS):
    if os.geteuid() != 0:
        raise Missing("avahi-daemon starts as root only")
    web = box.port()
    box.start("busybox", "httpd", "-f", "-p", f"127.0.0.1:{web}", "-h", box.directory("www"), tcp=[web])
    box.start("avahi-daemon", "-f", box.write("avahi.conf", CONFIG), "--no-chroot",
              "--no-drop-root", "--no-rlimits", udp=[MDNS])
    services = [box.service("web", web, "http")]
    if declared_as:
        services.append(box.service("names", port, declared_as, transport="udp"))
    return box.profile(services)


CONFIGURATIONS = [
    Configuration("Avahi, declared", lambda box: start(box, "mdns"), {UDP: "pass", PROTOCOL: "pass"}),
    Configuration("Avahi, not declared", lambda box: start(box, None), {UDP: "fail"}),
    Configuration("Avahi, declared on another port", lambda box: start(box, "mdns", port=5354), {UDP: "fail"}),
    Configuration("Avahi, declared as something else", lambda box: start(box, "dns"),
                  {UDP: "review", PROTOCOL: "review"}),
]
