"""nginx with a settings page behind Basic, and the ways in which its configuration leaves a door open."""
import os

from box import Configuration

GUESSING = "S1.1-04/guessing-rate"
SETTINGS = "<h1>settings</h1>"
READ, WRONG, COMMON = ("S1.1-01/read-without-credentials", "S1.1-01/wrong-password-refused",
                       "S1.1-02/common-credentials")
UNDECLARED, PROTOCOL = "S1.1-13/undeclared-tcp", "S1.1-13/declared-protocol"

CONFIG = """{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  limit_req_zone $binary_remote_addr zone=slow:1m rate=30r/m; limit_req_status 429;
  server {{ listen 127.0.0.1:{port}; root {folder}; location / {{ return 200 "EX-1"; }} {locations} }}
  {more}
}}
"""
BASIC = 'auth_basic "camera"; auth_basic_user_file {folder}/users;'
BEHIND_BASIC = "location /settings {{ " + BASIC + " try_files /page =404; }}"
SLOWLY = BEHIND_BASIC.replace("{{ ", "{{ limit_req zone=slow; ", 1)
OPEN = "location /settings {{ try_files /page =404; }}"
# Only what changes something is asked for a password: a slip that reads well in a configuration.
OPEN_TO_GET = "location /settings {{ limit_except GET {{ " + BASIC + " }} try_files /page =404; }}"
# An exact match guards one spelling of the path; the declared one ends in a slash.
EXACT_ONLY = "location = /settings {{ " + BASIC + " try_files /page =404; }} location /settings/ {{ try_files /page =404; }}"
# Either a password or the tester's network.
ANY_OF_TWO = "location /settings {{ satisfy any; allow 127.0.0.0/8; deny all; " + BASIC + " try_files /page =404; }}"

# A page of scripts for whoever has no password and for every path, with the status of a success.
SHELL = "error_page 401 =200 /shell; location = /shell {{ internal; }} location /hoshitori {{ try_files /shell =404; }} "
SHELL_BEFORE_BASIC = SHELL + BEHIND_BASIC


def start(box, password, locations=BEHIND_BASIC, path="/settings", more="", also=()):
    port = box.port()
    box.write("page", SETTINGS)
    box.write("shell", "<!doctype html><title>camera</title><div id=app></div><script src=/app.js></script>")
    box.write("users", f"admin:{{PLAIN}}{password}\n")
    # Where the folder is root's alone, workers that became nobody could not read it.
    user = "user root; " if os.geteuid() == 0 else ""
    config = CONFIG.format(user=user, folder=box.folder, port=port, locations=locations.format(folder=box.folder),
                           more=more)
    box.start("nginx", "-c", box.write("nginx.conf", config), "-e", str(box.folder / "nginx.err"), tcp=[port, *also])
    return box.profile(
        [box.service("web", port, "http")],
        liveness={"service": "web", "path": "/", "contains": "EX-1"},
        assets=[{"id": "settings", "kind": "communication-setting"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": "basic", "path": path,
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", password)]}],
        access=[{"asset": "settings", "service": "web", "auth": "web-login", "role": "admin",
                 "read": {"path": path}}])


def tls_server(box, port, pair, lines="", locations=BEHIND_BASIC):
    """`more` for start: the same behind TLS. `pair`: certificate and key."""
    return (f"server {{ listen 127.0.0.1:{port} ssl; root {box.folder}; ssl_certificate {pair[0]}; "
            f"ssl_certificate_key {pair[1]}; {lines} {locations.format(folder=box.folder)} }}")


def with_second_server(box):
    port = box.port()
    return start(box, box.password(), more=f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "stub"; }} }}',
                 also=[port])


def on_ipv6_only(box):
    """The service that nobody declared listens on the device's other address alone."""
    port = box.port()
    profile = start(box, box.password(),
                    more=f'server {{ listen [::1]:{port} ipv6only=on; location / {{ return 200 "stub"; }} }}',
                    also=[port])
    profile["reach"]["addresses"].append("::1")
    listen_on_ipv6(box, profile, "")
    return profile


def listen_on_ipv6(box, profile, words):
    """The declared port on the other address too."""
    port = profile["services"][0]["port"]
    config = (box.folder / "nginx.conf").read_text(encoding="utf-8")
    box.write("nginx.conf", config.replace(f"listen 127.0.0.1:{port};", f"listen 127.0.0.1:{port}; "
                                           f"listen [::1]:{port} {words};"))
    box.call("nginx", "-c", str(box.folder / "nginx.conf"), "-e", str(box.folder / "nginx.err"), "-s", "reload")


def another_protocol_on_ipv6(box):
    certificate, key = box.certificate()
    profile = start(box, box.password(), more=f"ssl_certificate {certificate}; ssl_certificate_key {key};")
    profile["reach"]["addresses"].append("::1")
    listen_on_ipv6(box, profile, "ssl")
    return profile


CONFIGURATIONS = [
    Configuration("nginx, Basic", lambda box: start(box, box.password()),
                  {READ: "pass", WRONG: "pass", COMMON: "pass", UNDECLARED: "pass", PROTOCOL: "pass"}),
    Configuration("nginx, nothing asked", lambda box: start(box, box.password(), OPEN),
                  {READ: "fail", WRONG: "inconc", COMMON: "inconc"}),
    Configuration("nginx, Basic with a common password", lambda box: start(box, "4321"),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
    Configuration("nginx, Basic asked of other methods than GET", lambda box: start(box, box.password(), OPEN_TO_GET),
                  {READ: "fail"}),
    Configuration("nginx, Basic on another spelling of the path",
                  lambda box: start(box, box.password(), EXACT_ONLY, "/settings/"), {READ: "fail"}),
    Configuration("nginx, Basic or the tester's network", lambda box: start(box, box.password(), ANY_OF_TWO),
                  {READ: "fail"}),
    # Neither shows that the thing was handed out, nor that it was refused.
    Configuration("nginx, a page of scripts for whoever has no password",
                  lambda box: start(box, box.password(), SHELL_BEFORE_BASIC), {READ: "inconc", WRONG: "inconc"}),
    Configuration("nginx, an undeclared second server", with_second_server, {READ: "pass", UNDECLARED: "fail"}),
    Configuration("nginx, an undeclared server on IPv6 alone", on_ipv6_only,
                  {f"{UNDECLARED}@127.0.0.1": "pass", f"{UNDECLARED}@::1": "fail"}),
    Configuration("nginx, another protocol on IPv6", another_protocol_on_ipv6,
                  {f"{UNDECLARED}@127.0.0.1": "pass", f"{UNDECLARED}@::1": "review"}),
    Configuration("nginx, Basic as fast as one likes", lambda box: start(box, box.password()), {GUESSING: "fail"}),
    Configuration("nginx, Basic once in two seconds", lambda box: start(box, box.password(), SLOWLY), {GUESSING: "fail"}),
    Configuration("nginx, the same where 50,000 a day are permitted", lambda box: start(box, box.password(), SLOWLY),
                  {GUESSING: "pass"}, params={"max_guesses_per_day": 50000}),
]
