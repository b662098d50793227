"""BusyBox's httpd, which is in many devices: Basic by httpd.conf, a path a line."""
from box import ADDRESS, Configuration

READ, WRONG, COMMON = ("S1.1-01/read-without-credentials", "S1.1-01/wrong-password-refused",
                       "S1.1-02/common-credentials")
UNDECLARED, PROTOCOL = "S1.1-13/undeclared-tcp", "S1.1-13/declared-protocol"
SOUND = {READ: "pass", WRONG: "pass", COMMON: "pass", UNDECLARED: "pass", PROTOCOL: "pass"}


def serve(box, config, name):
    port = box.port()
    root = box.directory("root")
    box.write("root/index.html", "EX-1")
    box.write("root/settings/index.html", "<h1>settings</h1>")
    box.write("root/backup/settings.cfg", "network=192.0.2.7")
    box.start("busybox", "httpd", "-f", "-p", f"{ADDRESS}:{port}", "-h", root, "-r", "camera", "-c",
              box.write(f"{name}.conf", config), tcp=[port])
    return port


def start(box, password, config="/settings:admin:{password}\n", path="/settings/index.html"):
    port = serve(box, config.format(password=password), "httpd")
    return box.profile(
        [box.service("web", port, "http")],
        liveness={"service": "web", "path": "/", "contains": "EX-1"},
        assets=[{"id": "settings", "kind": "communication-setting"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": "basic",
               "path": "/settings/index.html", "roles": ["admin"],
               "credentials": [box.credential("admin", "admin", password)]}],
        access=[{"asset": "settings", "service": "web", "auth": "web-login", "role": "admin", "read": {"path": path}}])


def with_second_server(box):
    """A server for the factory's line, forgotten on another port."""
    profile = start(box, box.password())
    serve(box, "", "factory")
    return profile


CONFIGURATIONS = [
    Configuration("BusyBox httpd, Basic", lambda box: start(box, box.password()), SOUND),
    Configuration("BusyBox httpd, no configuration", lambda box: start(box, box.password(), ""), {READ: "fail"}),
    Configuration("BusyBox httpd, Basic with a common password", lambda box: start(box, "password"),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
    Configuration("BusyBox httpd, a backup beside the guarded folder",
                  lambda box: start(box, box.password(), path="/backup/settings.cfg"), {READ: "fail"}),
    Configuration("BusyBox httpd, an undeclared second server", with_second_server, {READ: "pass", UNDECLARED: "fail"}),
]
