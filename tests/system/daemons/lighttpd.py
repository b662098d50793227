"""lighttpd with Digest or Basic, and with a listing of its files."""
import hashlib

from box import Configuration

READ, WRONG, COMMON = ("S1.1-01/read-without-credentials", "S1.1-01/wrong-password-refused",
                       "S1.1-02/common-credentials")
MALFORMED = "S1.1-13/outlives-malformed-input"
UNDECLARED, PROTOCOL = "S1.1-13/undeclared-tcp", "S1.1-13/declared-protocol"
# It lets a second pass before it refuses a log-in, so that the whole list of common ones would take a minute.
SOUND = {READ: "pass", WRONG: "pass", UNDECLARED: "pass", PROTOCOL: "pass"}
GUESSES = 12
REALM = "camera"

CONFIG = """
server.modules = ( "mod_auth", "mod_authn_file", "mod_indexfile", "mod_dirlisting", "mod_setenv", "mod_staticfile" )
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{root}"
server.errorlog = "{folder}/errors"
index-file.names = ( "index.html" )
mimetype.assign = ( "" => "text/html" )
{auth}
"""
REQUIRE = """auth.backend = "{backend}"
auth.backend.{backend}.userfile = "{folder}/users"
{where}auth.require = ( "{path}" => ( "method" => "{method}", "realm" => "camera", "require" => "valid-user",
                               "algorithm" => "MD5" ) ){end}
"""


def start(box, password, method="digest", guarded="/settings", asset="/settings/index.html", where="", end="", extra=""):
    port = box.port()
    box.write("root/index.html", "EX-1")
    box.write("root/settings/index.html", "<h1>settings</h1>")
    box.write("root/exports/settings.json", '{"network": "192.0.2.7"}')
    hashed = hashlib.md5(f"admin:{REALM}:{password}".encode()).hexdigest()
    box.write("users", f"admin:{REALM}:{hashed}\n" if method == "digest" else f"admin:{password}\n")
    auth = REQUIRE.format(backend="htdigest" if method == "digest" else "plain", folder=box.folder, path=guarded,
                          method=method, where=where, end=end) if guarded else ""
    config = CONFIG.format(port=port, root=box.folder / "root", folder=box.folder, auth=auth + extra)
    box.start("lighttpd", "-D", "-f", box.write("lighttpd.conf", config), tcp=[port])
    return box.profile(
        [box.service("web", port, "http")],
        limits={"concurrency": 4, "connections_per_second": 40000, "login_attempts": GUESSES, "fragile": False},
        liveness={"service": "web", "path": "/", "contains": "EX-1"},
        assets=[{"id": "settings", "kind": "communication-setting"}],
        auth=[{"id": "web-login", "kind": "password", "service": "web", "scheme": method, "path": "/settings/index.html",
               "roles": ["admin"], "credentials": [box.credential("admin", "admin", password)]}],
        access=[{"asset": "settings", "service": "web", "auth": "web-login", "role": "admin", "read": {"path": asset}}])


def start_tls(box):
    """Over HTTPS, where it offers HTTP/2 too."""
    certificate, key = box.certificate()
    profile = start(box, box.password(), extra=f'server.modules += ( "mod_openssl" )\nssl.engine = "enable"\n'
                                               f'ssl.pemfile = "{certificate}"\nssl.privkey = "{key}"\n')
    profile["services"][0]["protocol"] = "https"
    return profile


CONFIGURATIONS = [
    Configuration("lighttpd, Digest", lambda box: start(box, box.password()), SOUND),
    Configuration("lighttpd, Basic", lambda box: start(box, box.password(), "basic"), SOUND),
    Configuration("lighttpd, Digest over HTTPS", start_tls, {READ: "pass", MALFORMED: "pass"}),
    Configuration("lighttpd, nothing asked", lambda box: start(box, box.password(), guarded=None), {READ: "fail"}),
    Configuration("lighttpd, Digest with a common password", lambda box: start(box, "admin"),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
    # auth.require compares paths with their case; the asset lies under another one.
    Configuration("lighttpd, Digest on a path in another case", lambda box: start(box, box.password(), guarded="/Settings"),
                  {READ: "fail"}),
    Configuration("lighttpd, Digest asked of one browser alone",
                  lambda box: start(box, box.password(), where='$HTTP["useragent"] =~ "Mozilla" { ', end=" }"),
                  {READ: "fail"}),
    Configuration("lighttpd, a listing shows the exported settings",
                  lambda box: start(box, box.password(), asset="/exports/", extra='dir-listing.activate = "enable"\n'),
                  {READ: "fail"}),
]
