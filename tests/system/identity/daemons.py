"""Real daemons on ports of our choice, for the identification of services.

Each start_* function returns (process, expected protocol, whether TLS) or None when the daemon is
not installed.  Everything lives in one temporary folder and is ended by stop_all.
"""
import os
import shutil
import socket
import subprocess
import threading
import time

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's gi bindings belong to


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/postfix/sbin")


def free_port(host="127.0.0.1"):
    """Outside the range from which outgoing connections take theirs."""
    for port in range(20101 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        if port not in free_port.given:
            free_port.given.add(port)
            return port
    raise RuntimeError("no free port")


free_port.given = set()


def as_root(line):
    """A daemon started by root drops to a user of its own, who may not reach this folder: the line that says not to."""
    return f"{line}\n" if os.geteuid() == 0 else ""


class Daemons:
    def __init__(self, folder):
        self.folder = folder
        os.chmod(folder, 0o755)
        self.children = []
        self.listeners = []
        self.certificate = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def spawn(self, *command, **more):
        log = open(self.path(os.path.basename(command[0]) + f"{len(self.children)}.log"), "wb")
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        self.children.append(child)
        return child

    def stop_all(self):
        for listener in self.listeners:
            listener.close()
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def certify(self):
        if self.certificate is None and find("openssl"):
            subprocess.run([find("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                            "-subj", "/CN=localhost", "-keyout", self.path("key.pem"),
                            "-out", self.path("cert.pem")], check=True, capture_output=True)
            os.chmod(self.path("key.pem"), 0o644)
            self.certificate = (self.path("cert.pem"), self.path("key.pem"))
        return self.certificate

    def accept_each(self, port, serve):
        """A listener of our own that hands each connection to serve(connection)."""
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.listeners.append(listener)

        def loop():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()

    # -- the daemons ------------------------------------------------------------------------

    def openssh(self, port):
        if not find("sshd") or not find("ssh-keygen"):
            return None
        key = self.path("ssh_host_key")
        subprocess.run([find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        self.spawn(find("sshd"), "-D", "-e", "-f", "/dev/null", "-h", key, "-p", str(port),
                   "-o", "ListenAddress=127.0.0.1", "-o", f"PidFile={self.path('sshd.pid')}")
        return "ssh", False

    def dropbear(self, port):
        if not find("dropbear"):
            return None
        key = self.path("dropbear_key")
        subprocess.run([find("dropbearkey"), "-t", "ed25519", "-f", key], check=True, capture_output=True)
        self.spawn(find("dropbear"), "-F", "-E", "-r", key, "-p", f"127.0.0.1:{port}",
                   "-P", self.path("dropbear.pid"))
        return "ssh", False

    def telnetd(self, port):
        if not find("telnetd"):
            return None
        command = [find("telnetd"), "-E", "/bin/cat"]

        def serve(connection):
            subprocess.run(command, stdin=connection, stdout=connection, stderr=subprocess.DEVNULL,
                           check=False)
            connection.close()

        self.accept_each(port, serve)
        return "telnet", False

    def bare_login(self, port):
        """A log-in on a bare socket without option negotiation, as some devices have it."""
        def serve(connection):
            with connection:
                connection.settimeout(10)
                try:
                    connection.sendall(b"\r\nrouter login: ")
                    connection.recv(100)
                except OSError:
                    pass

        self.accept_each(port, serve)
        return "telnet", False

    def vsftpd(self, port):
        if not find("vsftpd"):
            return None
        os.makedirs(self.path("ftp"), exist_ok=True)
        os.makedirs("/var/run/vsftpd/empty", exist_ok=True)
        config = self.write("vsftpd.conf", f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\n"
                            f"background=NO\nanonymous_enable=YES\nanon_root={self.path('ftp')}\n"
                            "seccomp_sandbox=NO\n")
        self.spawn(find("vsftpd"), config)
        return "ftp", False

    def vsftpd_anonymous_banner(self, port):
        """A greeting that names neither FTP nor SMTP."""
        if not find("vsftpd"):
            return None
        config = self.write("vsftpd2.conf", f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\n"
                            "background=NO\nftpd_banner=Welcome, camera 7\nseccomp_sandbox=NO\n")
        self.spawn(find("vsftpd"), config)
        return "ftp", False

    def mosquitto(self, port):
        if not find("mosquitto"):
            return None
        config = self.write("mosquitto.conf", f"{as_root('user root')}listener {port} 127.0.0.1\nallow_anonymous false\n")
        self.spawn(find("mosquitto"), "-c", config)
        return "mqtt", False

    def mosquitto_tls(self, port):
        if not find("mosquitto") or not self.certify():
            return None
        config = self.write("mosquitto-tls.conf", f"{as_root('user root')}listener {port} 127.0.0.1\nallow_anonymous true\n"
                            f"certfile {self.certificate[0]}\nkeyfile {self.certificate[1]}\n")
        self.spawn(find("mosquitto"), "-c", config)
        return "mqtts", True

    def nginx(self, port, tls=False):
        if not find("nginx") or (tls and not self.certify()):
            return None
        name = "nginx-tls" if tls else "nginx"
        more = f"ssl_certificate {self.certificate[0]}; ssl_certificate_key {self.certificate[1]};" if tls else ""
        config = self.write(name + ".conf", f"daemon off; master_process off; pid {self.path(name)}.pid; "
                            f"error_log {self.path(name)}.err; events {{}} http {{ access_log off; server {{ "
                            f"listen 127.0.0.1:{port}{' ssl' if tls else ''}; {more} return 200 'ok'; }} }}")
        self.spawn(find("nginx"), "-c", config, "-p", self.folder, "-e", self.path(name) + ".err")
        return ("https" if tls else "http"), tls

    def nginx_tls(self, port):
        return self.nginx(port, True)

    def openssl_server(self, port):
        """TLS with no application that we know behind it, TLS 1.3 only."""
        if not find("openssl") or not self.certify():
            return None
        self.spawn(find("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-quiet",
                   "-cert", self.certificate[0], "-key", self.certificate[1])
        return "tls", True

    def rtsp(self, port):
        script = ("import gi\n"
                  "gi.require_version('Gst','1.0'); gi.require_version('GstRtspServer','1.0')\n"
                  "from gi.repository import Gst, GstRtspServer, GLib\n"
                  "Gst.init(None); server = GstRtspServer.RTSPServer()\n"
                  f"server.set_address('127.0.0.1'); server.set_service('{port}')\n"
                  "factory = GstRtspServer.RTSPMediaFactory()\n"
                  "factory.set_launch('( videotestsrc ! rtpvrawpay name=pay0 )')\n"
                  "server.get_mount_points().add_factory('/stream', factory)\n"
                  "server.attach(None); GLib.MainLoop().run()\n")
        if not os.path.exists(SYSTEM_PYTHON) or subprocess.run(
                [SYSTEM_PYTHON, "-c", script.split("Gst.init")[0]], capture_output=True,
                check=False).returncode != 0:
            return None
        self.spawn(SYSTEM_PYTHON, "-c", script)
        return "rtsp", False

    def smtp_sink(self, port):
        if not find("smtp-sink"):
            return None
        self.spawn(find("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "10")
        return "smtp", False

    def smtp_sink_plain_banner(self, port):
        if not find("smtp-sink"):
            return None
        self.spawn(find("smtp-sink"), "-u", "nobody", "-h", "camera7", "-e", f"127.0.0.1:{port}", "10")
        return "smtp", False

    def python_http(self, port):
        self.spawn("/usr/bin/env", "python3", "-m", "http.server", "--bind", "127.0.0.1",
                   "-d", self.folder, str(port))
        return "http", False

    def debug_console(self, port):
        """Plain text, a prompt, no telnet: must stay unknown."""
        def serve(connection):
            with connection:
                connection.settimeout(10)
                try:
                    connection.sendall(b"fw 1.2 debug\r\nheap 1234\r\n> ")
                    while connection.recv(256):
                        connection.sendall(b"?\r\n> ")
                except OSError:
                    pass

        self.accept_each(port, serve)
        return "unknown", False


def wait_listening(ports, seconds=10):
    """Asks the kernel's table, so that no daemon sees a connection of ours."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        listening = {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A"}
        if set(ports) <= listening:
            return set()
        time.sleep(0.05)
    return set(ports) - listening
