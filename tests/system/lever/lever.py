"""Levers moved by hand against things that nobody here wrote to be moved: mosquitto, net-snmp's agent, nginx, busybox.

Exit 77: one of them is not installed.
Packages: mosquitto mosquitto-clients snmpd snmp nginx busybox openssl.
"""
import argparse
import email
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "daemons"))

from box import ADDRESS, Box, Missing  # noqa: E402

LOCATION, TRAPS = "1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.11.30.0"
NGINX = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log; default_type text/html;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; client_max_body_size 4m;
  server {{
    listen 127.0.0.1:{port}; root {folder}/www;
    location / {{ return 200 "EX-1"; }}
    location /version {{ return 200 '{{"firmware": {{"version": "1.4.2"}}}}'; }}
    location /unsigned {{ return 422; }}
    location /broken {{ return 500; }}
    location /image {{ dav_methods PUT; auth_basic camera; auth_basic_user_file {folder}/users; }}
  }}
}}
"""


class Bench:
    def __init__(self, program, box):
        self.program, self.box, self.faults = program, box, 0
        self.levers = {}

    def lever(self, *arguments, environment=None):
        """Exit code and output of `hoshitori lever PROFILE ...`."""
        path = self.box.write("profile.yaml", json.dumps(
            {**self.profile, "control": {**self.levers, "settle_s": 1}}, ensure_ascii=False))
        done = subprocess.run([self.program, "lever", path, *arguments], capture_output=True, text=True, check=False,
                              timeout=60, env={**os.environ, **(environment or {}), "LC_ALL": "C.UTF-8"})
        return done.returncode, done.stdout + done.stderr

    def expect(self, what, code, wanted, *arguments, lacks=()):
        got, said = self.lever(*arguments)
        if got != code or any(word not in said for word in wanted) or any(word in said for word in lacks):
            self.faults += 1
            print(f"not ok: {what}: exit {got}, wanted {code} and {wanted}, without {lacks}: {said}")
        else:
            print(f"ok: {what}")

    def true(self, what, value, detail=""):
        self.faults += not value
        print(f"{'ok' if value else 'not ok'}: {what} {detail if not value else ''}")

    def start_device(self):
        box, port = self.box, self.box.port()
        box.directory("www/image")
        os.chmod(box.folder / "www/image", 0o777)
        password = box.password()
        box.write("users", "admin:" + box.call("openssl", "passwd", "-apr1", password).strip() + "\n")
        user = "user root; " if os.geteuid() == 0 else ""
        box.start("nginx", "-c", box.write("nginx.conf", NGINX.format(folder=box.folder, port=port, user=user)), "-e",
                  str(box.folder / "nginx.err"), tcp=[port])
        self.profile = box.profile(
            [box.service("admin", port, "http")], liveness={"service": "admin", "path": "/", "contains": "EX-1"},
            auth=[{"id": "admin-login", "kind": "password", "service": "admin", "scheme": "basic", "path": "/image",
                   "roles": ["admin"], "credentials": [box.credential("admin", "admin", password)]}])
        self.password = password

    def by_request(self):
        box = self.box
        image = box.folder / "image.bin"
        image.write_bytes(bytes(range(256)) * 8192)
        way = {"request": {"method": "PUT", "path": "/image/a.bin"}, "body": "image", "auth": "admin-login", "role": "admin"}
        self.levers = {
            "read_version": {"request": {"path": "/version"}, "json": "/firmware/version"},
            "install_image": way,
            "reinstall": {**way, "request": {"method": "POST", "path": "/unsigned"}, "refused": [422]},
            "factory_reset": {"request": {"method": "POST", "path": "/broken"}, "refused": [422]},
            "check_update": {"request": {"method": "POST", "path": "/unsigned"}},
        }
        self.expect("a value is read out of an answer", 0, ["read_version: done", "said: 1.4.2"], "read_version")
        self.expect("an image of 2 MiB is sent as it is", 0, ["install_image: done"], "install_image", "--image", str(image))
        stored = box.folder / "www/image/a.bin"
        self.true("and arrives octet by octet", stored.exists() and stored.read_bytes() == image.read_bytes())
        self.expect("a declared status is a refusal", 1, ["the device refused", "answers 422"], "reinstall", "--image",
                    str(image))
        self.expect("any other is a lever that failed", 70, ["FAILED", "answers 500"], "factory_reset")
        self.expect("also one that would be a refusal if it were declared", 70, ["FAILED", "answers 422"], "check_update")
        self.expect("without an image nothing is sent", 70, ["there is none"], "install_image")

    def by_form(self):
        """A CGI of busybox is a device that takes its image from a form."""
        box, port = self.box, self.box.port()
        box.write("web/cgi-bin/upload", f"#!/bin/sh\nhead -c \"$CONTENT_LENGTH\" > {box.folder}/form\n"
                  f"echo \"$CONTENT_TYPE\" > {box.folder}/type\nprintf 'Status: 202 Accepted\\r\\n\\r\\ntaken'\n", 0o755)
        box.start("busybox", "httpd", "-f", "-p", f"{ADDRESS}:{port}", "-h", str(box.folder / "web"), tcp=[port])
        image = box.folder / "small.bin"
        image.write_bytes(b"\0\r\n--boundary\xff" * 1000)
        self.levers = {"install_image": {"request": {"method": "POST", "path": "/cgi-bin/upload"}, "body": "multipart",
                                         "field": "firmware", "file_name": "hc.img",
                                         "at": {"address": ADDRESS, "port": port}}}
        self.expect("an image is sent as a form's file", 0, ["install_image: done", "taken"], "install_image", "--image",
                    str(image))
        head = b"Content-Type: " + (box.folder / "type").read_bytes().strip() + b"\r\n\r\n"
        parts = email.message_from_bytes(head + (box.folder / "form").read_bytes()).get_payload()
        self.true("and is that file for others", len(parts) == 1 and parts[0].get_payload(decode=True) == image.read_bytes()
                  and parts[0].get_filename() == "hc.img"
                  and parts[0].get_param("name", header="content-disposition") == "firmware")

    def by_message(self):
        box, port = self.box, self.box.port()
        word = box.password()
        box.write("mqtt.users", "", 0o600)
        box.call("mosquitto_passwd", "-b", str(box.folder / "mqtt.users"), "bench", word)
        os.chmod(box.folder / "mqtt.users", 0o644)
        box.start("mosquitto", "-c", box.write("mosquitto.conf", f"listener {port} {ADDRESS}\nallow_anonymous false\n"
                                               # Where the folder is root's alone, another user could not read it.
                                               + ("user root\n" if os.geteuid() == 0 else "") +
                                               f"password_file {box.folder}/mqtt.users\n"), tcp=[port])
        login = ["-h", ADDRESS, "-p", str(port), "-u", "bench", "-P", word]
        at = {"address": ADDRESS, "port": port, "user": "bench", "secret_file": box.secret(word)}
        plug = {"topic": "cmnd/plug/POWER", "message": "OFF", "state_topic": "stat/plug/POWER", "state": "OFF"}
        # What the plug had said before: nobody may take it for an answer.
        box.call("mosquitto_pub", *login, "-r", "-t", plug["state_topic"], "-m", "OFF")
        self.levers = {"power_off": {"mqtt": plug, "at": at, "within_s": 2},
                       "client_stop": {"mqtt": {"topic": "t", "message": "x"}, "at": {**at, "user": "stranger"}}}
        self.expect("a plug that says nothing did nothing", 70, ["FAILED", "it did not come"], "power_off")
        self.expect("a broker that refuses us is a lever that failed", 70, ["FAILED"], "client_stop", lacks=[word])

        def be_plug():
            heard = box.call("mosquitto_sub", *login, "-C", "1", "-t", plug["topic"])
            box.call("mosquitto_pub", *login, "-t", plug["state_topic"], "-m", heard.strip())
        thread = threading.Thread(target=be_plug)
        thread.start()
        time.sleep(0.5)  # mosquitto_sub says nothing when it has subscribed
        self.expect("a plug that says OFF has heard it; what still answers is said to", 0,
                    ["power_off: done", "ATTENTION"], "power_off", lacks=[word])
        thread.join(10)

    def by_set(self):
        box, port = self.box, self.box.port()
        word = box.password()
        state = box.directory("snmp")
        conf = box.write("snmpd.conf", f"rwcommunity {word}\nagentuser root\n", 0o600)
        box.start("snmpd", "-f", "-Lo", "-C", "-c", conf, "-p", f"{state}/pid", f"udp:{ADDRESS}:{port}", udp=[port],
                  env={**os.environ, "SNMP_PERSISTENT_DIR": state, "MIBS": "", "MIBDIRS": ""})
        at = {"address": ADDRESS, "port": port, "secret_file": box.secret(word)}
        wrong = {**at, "secret_file": box.secret("not-" + word)}
        self.levers = {"power_off": {"snmp": {"oid": LOCATION, "value": "outlet off"}, "at": at},
                       "power_on": {"snmp": {"oid": TRAPS, "value": 1}, "at": at},
                       "network_up": {"snmp": {"oid": TRAPS, "value": 2, "version_1": True}, "at": at},
                       "client_start": {"snmp": {"oid": TRAPS, "value": 300}, "at": at},
                       "client_stop": {"snmp": {"oid": TRAPS, "value": 2}, "at": wrong, "within_s": 2}}

        def read(oid):
            return box.call("snmpget", "-v2c", "-c", word, "-Oqv", "-m", "", f"{ADDRESS}:{port}", oid).strip().strip('"')
        self.expect("a text is set", 0, ["power_off: done"], "power_off", lacks=[word])
        self.true("and read by others", read(LOCATION) == "outlet off", read(LOCATION))
        self.expect("an integer is set", 0, ["power_on: done"], "power_on")
        self.true("and read by others", read(TRAPS) == "1", read(TRAPS))
        self.expect("over version 1 too", 0, ["network_up: done"], "network_up")
        self.true("and read by others", read(TRAPS) == "2", read(TRAPS))
        self.expect("a value that the agent does not take is a lever that failed", 70, ["error-status"], "client_start")
        self.expect("so is a community that it does not know", 70, ["does not answer"], "client_stop", lacks=[word])

    def by_command(self):
        box = self.box
        box.write("tools/lever", "#!/bin/sh\ntest \"$1\" = version || exit 3\nread -r secret && test -n \"$secret\" || "
                  "{ echo '{\"v\": \"2.0\"}'; exit 0; }\necho \"heard ${#secret}\"\n", 0o755)
        self.levers = {"read_version": {"command": ["tools/lever", "version"], "json": "/v"},
                       "set_credential": {"command": ["tools/lever", "version", "${user}"]},
                       "reinstall": {"command": ["tools/lever", "no"]},
                       "power_off": {"command": ["tools/absent"]},
                       "erase": [{"id": "page", "command": ["tools/lever", "version"]}]}
        secret = box.secret("correct-horse-battery")
        self.expect("a command answers", 0, ["said: 2.0"], "read_version")
        self.expect("it reads a secret, and no other sees it", 0, ["heard 21"], "set_credential", "--user", "admin",
                    "--secret-file", secret, lacks=["correct-horse"])
        self.expect("3 is a refusal", 1, ["the device refused"], "reinstall")
        self.expect("a command that is not there failed", 70, ["No such file"], "power_off")
        self.expect("a way is chosen by its id", 0, ["erase page: done"], "erase", "--way", "page")
        self.expect("an undeclared way is bad input", 65, ["declares no lever erase button"], "erase", "--way", "button")
        self.expect("an unknown lever is a slip of the pen", 64, ["there is no lever"], "levitate")
        self.expect("all that would be done is listed", 0, ["tools/lever version ${user}", "erase page", "tools/absent"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hoshitori", required=True)
    program = str(pathlib.Path(parser.parse_args().hoshitori).resolve())
    with tempfile.TemporaryDirectory(prefix="hoshitori-lever-") as folder:
        box = Box(folder)
        bench = Bench(program, box)
        try:
            bench.start_device()
            for part in (bench.by_request, bench.by_form, bench.by_message, bench.by_set, bench.by_command):
                part()
        except Missing as missing:
            print(missing)
            return 77
        finally:
            box.stop()
    return 1 if bench.faults else 0


if __name__ == "__main__":
    sys.exit(main())
