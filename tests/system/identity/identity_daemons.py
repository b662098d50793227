"""Real daemons on ports of our choice, for the identification of services.

Each function takes a box of its own and returns (port, expected protocol, whether TLS).
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

# pylint: disable=wrong-import-position
import gst_rtsp  # noqa: E402
import mosquitto as brokers  # noqa: E402
import nginx as web  # noqa: E402
import ssh_crypto  # noqa: E402
import telnetd as telnet_servers  # noqa: E402
from box import ADDRESS  # noqa: E402

VSFTPD = """listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
secure_chroot_dir={folder}/empty
anon_root={folder}/files
seccomp_sandbox=NO
"""


def port_of(profile):
    return profile["services"][0]["port"]


def openssh(box):
    return port_of(ssh_crypto.sshd(box, "", [("ed25519", None)])), "ssh", False


def dropbear(box):
    return port_of(ssh_crypto.dropbear(box, [("ed25519", None)])), "ssh", False


def telnetd(box):
    return telnet_servers.inetutils_telnetd(box, "/bin/cat"), "telnet", False


def bare_login(box):
    """A log-in on a bare socket without option negotiation, as some devices have it."""
    def serve(connection):
        connection.settimeout(10)
        try:
            connection.sendall(b"\r\nrouter login: ")
            connection.recv(100)
        except OSError:
            pass

    return box.accept(serve), "telnet", False


def vsftpd(box, more="anonymous_enable=YES\n"):
    port = box.port()
    box.directory("empty")
    box.directory("files")
    box.start("vsftpd", box.write("vsftpd.conf", VSFTPD.format(port=port, folder=box.folder) + more), tcp=[port])
    return port, "ftp", False


def vsftpd_anonymous_banner(box):
    """A greeting that names neither FTP nor SMTP."""
    return vsftpd(box, "ftpd_banner=Welcome, camera 7\n")


def mosquitto(box):
    return port_of(brokers.start(box, brokers.Broker())), "mqtt", False


def mosquitto_tls(box):
    return port_of(brokers.start(box, brokers.Broker(anonymous=True, looks=False, tls=True))), "mqtts", True


def nginx(box):
    return port_of(web.start(box, box.password())), "http", False


def nginx_tls(box):
    port = box.port()
    web.start(box, box.password(), more=web.tls_server(box, port, box.certificate()), also=[port])
    return port, "https", True


def openssl_server(box):
    """TLS with no application that we know behind it, TLS 1.3 only."""
    port = box.port()
    certificate, key = box.certificate()
    box.start("openssl", "s_server", "-accept", f"{ADDRESS}:{port}", "-tls1_3", "-quiet", "-cert", certificate, "-key", key,
              tcp=[port])
    return port, "tls", True


def rtsp(box):
    return port_of(gst_rtsp.start(box, "basic", box.password(), "/stream=open")), "rtsp", False


def smtp_sink(box, *more):
    port = box.port()
    box.start("smtp-sink", "-u", "nobody", *more, f"{ADDRESS}:{port}", "10", tcp=[port])
    return port, "smtp", False


def smtp_sink_plain_banner(box):
    return smtp_sink(box, "-h", "camera7", "-e")


def python_http(box):
    port = box.port()
    box.start("python3", "-m", "http.server", "--bind", ADDRESS, "-d", box.directory("www"), str(port), tcp=[port])
    return port, "http", False


def debug_console(box):
    """Plain text, a prompt, no telnet: must stay unknown."""
    def serve(connection):
        connection.settimeout(10)
        try:
            connection.sendall(b"fw 1.2 debug\r\nheap 1234\r\n> ")
            while connection.recv(256):
                connection.sendall(b"?\r\n> ")
        except OSError:
            pass

    return box.accept(serve), "unknown", False


KINDS = (openssh, dropbear, telnetd, bare_login, vsftpd, vsftpd_anonymous_banner, mosquitto, mosquitto_tls, nginx,
         nginx_tls, openssl_server, rtsp, smtp_sink, smtp_sink_plain_banner, python_http)
