"""dnsmasq, a DNS forwarder such as routers have."""
from box import ADDRESS, Configuration

UNDECLARED, PROTOCOL = "S1.1-13/undeclared-udp", "S1.1-13/declared-udp-protocol"
TCP = "S1.1-13/undeclared-tcp"


def start(box, declared_tcp=True, declared_udp=True, protocol="dns", port=53):
    box.start("dnsmasq", "-k", "-u", "root", "-p", str(port), "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
              "--pid-file=", "--bind-interfaces", f"--listen-address={ADDRESS}", tcp=[port], udp=[port])
    web = box.port()
    box.write("root/index.html", "EX-1")
    box.start("busybox", "httpd", "-f", "-p", f"{ADDRESS}:{web}", "-h", str(box.folder / "root"), tcp=[web])
    services = [box.service("web", web, "http", carries_assets=False)]
    if declared_udp:
        services.append(box.service("names", port, protocol, "udp", carries_assets=False))
    if declared_tcp:
        services.append(box.service("names-tcp", port, "dns", carries_assets=False))
    return box.profile(services, liveness={"service": "web", "path": "/", "contains": "EX-1"})


CONFIGURATIONS = [
    Configuration("dnsmasq, declared", start, {UNDECLARED: "pass", PROTOCOL: "pass", TCP: "pass"}),
    Configuration("dnsmasq, undeclared", lambda box: start(box, False, False), {UNDECLARED: "fail", TCP: "fail"}),
    Configuration("dnsmasq, declared as something else", lambda box: start(box, protocol="ntp"),
                  {UNDECLARED: "review", PROTOCOL: "review"}),
]
