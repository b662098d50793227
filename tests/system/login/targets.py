"""Real daemons that ask for a password, each with a known one, on loopback.

Every start_* function returns (port, parameters for the login probe) or None when its daemon is not
installed.  All state lives in one temporary folder; stop_all ends what was started.
"""
import os
import shutil
import socket
import subprocess
import threading
import time

NGINX = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port}{tls};
    {certificate}
    default_type text/html;
    location /open {{ return 200 "<h1>camera</h1>"; }}
    location /moved {{ return 302 /login; }}
    location /form {{ return 200 "<form><input type=password name=p></form>"; }}
    location /admin {{ auth_basic "camera"; auth_basic_user_file {folder}/users; try_files /page =404; }}
    root {folder};
  }}
}}
"""

LIGHTTPD = """server.document-root = "{folder}"
server.port = {port}
server.bind = "127.0.0.1"
server.modules = ("mod_auth", "mod_authn_file")
mimetype.assign = ("" => "text/html")
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "{folder}/digest"
auth.require = ("/page" => ("method" => "digest", "realm" => "camera", "require" => "valid-user"))
"""

# Asks as login(1) does; a right pair gets a shell.
LOGIN = """#!/bin/sh
for try in 1 2 3; do
    printf 'hc100 login: '; read -r user || exit
    stty -echo; printf 'Password: '; read -r password || exit; stty echo; echo
    if [ "$user" = root ] && [ "$password" = "{password}" ]; then PS1='# ' exec /bin/sh; fi
    echo 'Login incorrect'
done
"""


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


BUSYBOX = os.environ.get("HOSHITORI_BUSYBOX") or find("busybox")


def has_applet(name):
    busybox = BUSYBOX
    return bool(busybox) and name in subprocess.run([busybox, "--list"], capture_output=True, text=True,
                                                    check=True).stdout.split()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Targets:
    def __init__(self, folder):
        self.folder = folder
        os.chmod(folder, 0o755)
        self.children = []
        self.listeners = []
        self.write("page", "<h1>settings</h1>")

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def spawn(self, port, *command):
        log = open(os.path.join(self.folder, f"log{len(self.children)}"), "wb")
        self.children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{command[0]} does not listen")

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

    def start_nginx(self, tls=False):
        port = free_port()
        certificate = ""
        if not find("nginx") or (tls and not find("openssl")):
            return None
        if tls:
            subprocess.run([find("openssl"), "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "2",
                            "-subj", "/CN=camera", "-keyout", f"{self.folder}/key", "-out",
                            f"{self.folder}/cert"], check=True, capture_output=True)
            # As weak as old devices are: the access probe must be able to look behind it.
            certificate = (f"ssl_certificate {self.folder}/cert; ssl_certificate_key {self.folder}/key; "
                           "ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;")
        self.write("users", "admin:{PLAIN}4321\n")
        path = self.write(f"nginx{port}", NGINX.format(user="user root; " if os.geteuid() == 0 else "", folder=self.folder, port=port, certificate=certificate,
                                                       tls=" ssl" if tls else ""))
        self.spawn(port, find("nginx"), "-c", path, "-e", f"{self.folder}/nginx.err")
        return port, {"scheme": "basic", "path": "/admin", "tls": "true" if tls else "false"}

    def start_lighttpd(self):
        port = free_port()
        if not find("lighttpd"):
            return None
        # htdigest: MD5 of user:realm:password
        digest = subprocess.run(["md5sum"], input=b"admin:camera:password", capture_output=True,
                                check=True).stdout.decode().split()[0]
        self.write("digest", f"admin:camera:{digest}\n")
        self.spawn(port, find("lighttpd"), "-D", "-f",
                   self.write("lighttpd", LIGHTTPD.format(folder=self.folder, port=port)))
        return port, {"scheme": "digest", "path": "/page"}

    def start_busybox_httpd(self):
        port = free_port()
        if not has_applet("httpd"):
            return None
        home = os.path.join(self.folder, "home")
        os.makedirs(os.path.join(home, "admin"), exist_ok=True)
        with open(os.path.join(home, "admin", "index.html"), "w", encoding="utf-8") as file:
            file.write("<h1>settings</h1>")
        self.spawn(port, BUSYBOX, "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", home, "-c",
                   self.write("httpd.conf", "/admin:admin:admin1234\n"))
        return port, {"scheme": "basic", "path": "/admin/"}

    def start_telnetd(self, program):
        """busybox telnetd, else that of inetutils behind an accepting loop of ours."""
        if has_applet("telnetd"):
            port = free_port()
            self.spawn(port, BUSYBOX, "telnetd", "-F", "-b", "127.0.0.1", "-p", str(port), "-l", program)
            return port, {"scheme": "telnet"}
        if not find("telnetd"):
            return None
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.listeners.append(listener)
        threading.Thread(target=self.accept_each, args=(listener, program), daemon=True).start()
        return listener.getsockname()[1], {"scheme": "telnet"}

    def accept_each(self, listener, program):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self.children.append(subprocess.Popen(
                    [find("telnetd"), "-h", "-E", program], stdin=connection, stdout=connection,
                    stderr=subprocess.DEVNULL))

    def start_script_login(self):
        return self.start_telnetd(self.write("login", LOGIN.format(password="xc3511"), 0o755))

    def start_strict_login(self):
        return self.start_telnetd(self.write("strict", LOGIN.format(password="kAe4-nine-lives"), 0o755))

    def start_open_shell(self):
        return self.start_telnetd("/bin/sh")

    def start_busybox_login(self):
        """The real login program, in a root of its own with one account."""
        if not has_applet("login") or not find("openssl") or not find("chroot") or os.geteuid() != 0:
            return None
        root = os.path.join(self.folder, "root")
        os.makedirs(os.path.join(root, "bin"))
        os.makedirs(os.path.join(root, "etc"))
        shutil.copy(BUSYBOX, os.path.join(root, "bin", "busybox"))
        os.symlink("busybox", os.path.join(root, "bin", "sh"))
        secret = subprocess.run([find("openssl"), "passwd", "-6", "-salt", "hoshitori", "root"],
                                capture_output=True, text=True, check=True).stdout.strip()
        self.write("root/etc/passwd", f"root:{secret}:0:0:root:/:/bin/sh\n")
        self.write("root/etc/group", "root:x:0:\n")
        if subprocess.run([find("chroot"), root, "/bin/busybox", "true"], check=False).returncode != 0:
            return None  # linked against libraries that are not there
        target = self.start_telnetd(self.write(
            "chrooted", f"#!/bin/sh\nexec {find('chroot')} {root} /bin/busybox login\n", 0o755))
        # It waits seconds after each failure: the account that exists goes first.
        return target and (target[0], dict(target[1], user="root"))
