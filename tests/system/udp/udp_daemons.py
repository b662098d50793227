"""Real UDP daemons, each on its usual port and, where it can be moved, on an odd one.

Each function takes a port (None: the usual one) and returns (port, expected protocol), or None when the daemon cannot be
put there. All of them share one box.
"""
import os
import pathlib
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

from box import Box  # noqa: E402

USUAL = {"dns": 53, "dhcp": 67, "tftp": 69, "ntp": 123, "snmp": 161, "ssdp": 1900, "ws-discovery": 3702, "mdns": 5353,
         "coap": 5683, "dtls": 5684, "sip": 5060, "ike": 500}


class Daemons(Box):
    def __init__(self, folder, address):
        super().__init__(folder)
        self.address = address

    def serve(self, protocol, port, *command, **more):
        """Starts what then listens on the port."""
        port = port or USUAL[protocol]
        self.start(*command, udp=[port], **more)
        return port, protocol

    def snmpd(self, port, name="snmpd", community="rocommunity public\n"):
        port = port or USUAL["snmp"]
        state = self.directory(f"{name}-{port}")
        conf = self.write(f"{name}-{port}.conf", community + "sysDescr reference agent\n")
        return self.serve("snmp", port, "snmpd", "-f", "-Lo", "-C", "-c", conf, "-p", os.path.join(state, "pid"),
                          f"udp:{self.address}:{port}", env={**os.environ, "SNMP_PERSISTENT_DIR": state})

    def snmpd_v3_only(self, port):
        return port and self.snmpd(port, "snmpd-v3", "rouser nobody\n")

    def snmpd_v1_only(self, port):
        """No v2c: com2sec and group name v1 alone."""
        return port and self.snmpd(port, "snmpd-v1", "com2sec all default public\ngroup readers v1 all\n"
                                   "view all included .1\naccess readers \"\" v1 noauth exact all none none\n")

    def tftpd(self, port):
        port = port or USUAL["tftp"]
        return self.serve("tftp", port, "in.tftpd", "-L", "-u", "root", "--address", f"{self.address}:{port}", "-s",
                          self.directory("tftp"))

    def coap_server(self, port):
        port = port or USUAL["coap"]
        return self.serve("coap", port, "coap-server-openssl", "-A", self.address, "-p", str(port))

    def wait_for_coap(self, port, seconds=10):
        """Until the server resets a ping (RFC 7252 section 4.3): on a busy machine it binds long before it answers."""
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        deadline = time.monotonic() + seconds
        with socket.socket(family, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.2)
            asker.connect((self.address, port))
            while time.monotonic() < deadline:
                try:
                    asker.send(b"\x40\x00\x7e\x57")
                    if asker.recv(64) == b"\x70\x00\x7e\x57":
                        return True
                except OSError:  # closed still, or nothing yet
                    time.sleep(0.02)
        return False

    def coap_server_dtls(self, port):
        """Listens in DTLS on the port after the one that it is given."""
        port = port or USUAL["dtls"]
        return self.serve("dtls", port, "coap-server-gnutls", "-A", self.address, "-p", str(port - 1), "-k", "not-a-secret")

    def openssl_dtls(self, port):
        if port is None:
            return None
        return self.serve("dtls", port, "openssl", "s_server", "-dtls1_2", "-listen", "-accept", f"{self.address}:{port}",
                          "-nocert", "-psk", "00112233", "-cipher", "PSK", stdin=subprocess.PIPE)

    def dnsmasq(self, port):
        port = port or USUAL["dns"]
        return self.serve("dns", port, "dnsmasq", "-k", "-u", "root", "-p", str(port), "--conf-file=/dev/null", "--no-resolv",
                          "--no-hosts", "--pid-file=", "--bind-interfaces", f"--listen-address={self.address}")

    def ntpd(self, port):
        """Cannot be moved."""
        if port is not None:
            return None
        conf = self.write("ntp.conf", "server 127.127.1.0\nfudge 127.127.1.0 stratum 10\nrestrict default\n"
                          f"interface ignore wildcard\ninterface listen {self.address}\n")
        return self.serve("ntp", None, "ntpd", "-n", "-g", "-c", conf, "-p", os.path.join(self.folder, "ntpd.pid"))

    def chronyd(self, port):
        port = port or USUAL["ntp"]
        conf = self.write(f"chrony-{port}.conf", f"port {port}\nlocal stratum 10\nallow all\nbindaddress {self.address}\n"
                          f"cmdport 0\npidfile {self.folder}/chrony-{port}.pid\n")
        return self.serve("ntp", port, "chronyd", "-d", "-x", "-U", "-u", "root", "-f", conf)

    def dnsmasq_dhcp(self, port):
        if port is not None:
            return None
        return self.serve("dhcp", None, "dnsmasq", "-k", "-u", "root", "-p", "0", "--conf-file=/dev/null", "--pid-file=",
                          "--interface=dev0", "--dhcp-range=10.77.0.50,10.77.0.60",
                          f"--dhcp-leasefile={self.folder}/leases")

    def kamailio(self, port):
        port = port or USUAL["sip"]
        conf = self.write(f"kamailio-{port}.cfg", "#!KAMAILIO\nchildren=1\nlog_stderror=yes\nlisten=udp:"
                          f'{self.address}:{port}\nloadmodule "sl.so"\nrequest_route {{ sl_send_reply("200","OK"); }}\n')
        state = self.directory(f"kamailio-{port}")
        return self.serve("sip", port, "kamailio", "-DD", "-E", "-f", conf, "-Y", state, "-w", state)

    def charon(self, port):
        """The IKE daemon of strongSwan, with its default proposals and no configured peer."""
        if port is not None:
            return None
        conf = self.write("strongswan.conf", "charon {\n load = random nonce aes sha1 sha2 hmac kdf openssl kernel-netlink "
                          "socket-default\n port = 500\n port_nat_t = 4500\n}\n")
        return self.serve("ike", None, "charon", env={**os.environ, "STRONGSWAN_CONF": conf})

    def minissdpd(self, port):
        """Answers for what others register with it: one root device."""
        if port is not None:
            return None
        path = os.path.join(self.folder, "ssdp.sock")
        self.serve("ssdp", None, "minissdpd", "-d", "-i", "dev0", "-s", path, "-p", os.path.join(self.folder, "minissdpd.pid"))
        words = ("upnp:rootdevice", "uuid:7e57::upnp:rootdevice", "Linux UPnP/1.0 reference/1",
                 f"http://{self.address}/description.xml")
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            try:
                with socket.socket(socket.AF_UNIX) as registry:
                    registry.connect(path)
                    registry.send(b"\x04" + b"".join(bytes([len(word)]) + word.encode() for word in words))
                return USUAL["ssdp"], "ssdp"
            except OSError:  # not there, or not listening yet
                time.sleep(0.05)
        return None

    def avahi(self, port):
        if port is not None:
            return None
        conf = self.write("avahi.conf", "[server]\nuse-ipv6=no\nallow-interfaces=dev0\nenable-dbus=no\n"
                          "[publish]\npublish-workstation=yes\n[rlimits]\n")
        return self.serve("mdns", None, "avahi-daemon", "-f", conf, "--no-chroot", "--no-drop-root", "--no-rlimits")
