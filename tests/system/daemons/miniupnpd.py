"""MiniUPnPd, an Internet gateway's UPnP. It has no packet filter to change here; none is asked of it."""
import os

from box import Configuration, Missing

UPNP, PORTS, UDP = "S1.1-01/upnp-without-credentials", "S1.1-13/undeclared-tcp", "S1.1-13/undeclared-udp"
# The address is only told, never used.
CONFIG = """ext_ifname=lo
ext_ip=1.2.3.4
listening_ip=lo
http_port={port}
secure_mode=yes
enable_natpmp=no
enable_upnp=yes
uuid=00000000-0000-0000-0000-000000000001
force_igd_desc_v1=yes
"""
READS = {
    "Layer3Forwarding:1": ["GetDefaultConnectionService"],
    "WANCommonInterfaceConfig:1": ["GetCommonLinkProperties", "GetTotalBytesSent", "GetTotalBytesReceived",
                                   "GetTotalPacketsSent", "GetTotalPacketsReceived"],
    "WANIPConnection:1": ["GetConnectionTypeInfo", "GetStatusInfo", "GetNATRSIPStatus", "GetExternalIPAddress"],
}
ADDRESS = "WANIPConnection:1#GetExternalIPAddress"


def action(name, auth):
    return {"id": name.replace("#", "-").replace(":", "-").lower(), "asset": "network", "service": "upnp", "auth": auth,
            "read": {"path": f"/{name}"}, **({} if auth == "none" else {"role": "admin"})}


def start(box, public=(), guarded=(), ssdp_declared=True):
    if os.geteuid() != 0:
        raise Missing("miniupnpd starts as root only")
    port = box.port()
    box.start("miniupnpd", "-d", "-f", box.write("miniupnpd.conf", CONFIG.format(port=port)), "-P",
              str(box.folder / "miniupnpd.pid"), tcp=[port], udp=[1900])
    services = [box.service("web", port, "http"), box.service("upnp", 1900, "ssdp", transport="udp")]
    return box.profile(
        services if ssdp_declared else services[:1],
        assets=[{"id": "network", "kind": "communication-setting"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": "basic", "path": "/",
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", box.password())]}] if guarded else [],
        access=[action(name, "none") for name in public] + [action(name, "web-login") for name in guarded])


EVERYTHING = [f"{service}#{name}" for service, names in READS.items() for name in names]
CONFIGURATIONS = [
    Configuration("MiniUPnPd, what it tells is declared public", lambda box: start(box, EVERYTHING),
                  {UPNP: "pass", PORTS: "pass", UDP: "pass"}),
    Configuration("MiniUPnPd, the address is said to be behind a log-in",
                  lambda box: start(box, [name for name in EVERYTHING if name != ADDRESS], [ADDRESS]), {UPNP: "fail"}),
    Configuration("MiniUPnPd, nothing declared of its actions", start, {UPNP: "review"}),
    Configuration("MiniUPnPd, not declared at all", lambda box: start(box, ssdp_declared=False), {UDP: "fail"}),
]
