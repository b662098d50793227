"""nginx with a settings page behind Basic."""
import os

from box import Configuration

SETTINGS = "<h1>settings</h1>"
READ, WRONG, COMMON = ("S1.1-01/read-without-credentials", "S1.1-01/wrong-password-refused",
                       "S1.1-02/common-credentials")

CONFIG = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}; location / {{ return 200 "EX-1"; }} {locations} }}
}}
"""
BEHIND_BASIC = 'location /settings {{ auth_basic "camera"; auth_basic_user_file {folder}/users; try_files /page =404; }}'
OPEN = "location /settings {{ try_files /page =404; }}"


def start(box, password, locations=BEHIND_BASIC):
    port = box.port()
    box.write("page", SETTINGS)
    box.write("users", f"admin:{{PLAIN}}{password}\n")
    # Where the folder is root's alone, workers that became nobody could not read it.
    user = "user root; " if os.geteuid() == 0 else ""
    config = CONFIG.format(user=user, folder=box.folder, port=port, locations=locations.format(folder=box.folder))
    box.start("nginx", "-c", box.write("nginx.conf", config), "-e", str(box.folder / "nginx.err"), tcp=[port])
    return box.profile(
        [box.service("web", port, "http")],
        liveness={"service": "web", "path": "/", "contains": "EX-1"},
        assets=[{"id": "settings", "kind": "communication-setting"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": "basic", "path": "/settings",
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", password)]}],
        access=[{"asset": "settings", "service": "web", "auth": "web-login", "role": "admin",
                 "read": {"path": "/settings"}}])


CONFIGURATIONS = [
    Configuration("nginx, Basic", lambda box: start(box, box.password()), {READ: "pass", WRONG: "pass", COMMON: "pass"}),
    Configuration("nginx, nothing asked", lambda box: start(box, box.password(), OPEN), {READ: "fail"}),
    Configuration("nginx, Basic with a common password", lambda box: start(box, "4321"),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
]
