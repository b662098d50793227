"""vsftpd, the FTP server of many routers and cameras."""
import accounts
from box import Configuration

WRONG, COMMON, READ = ("S1.1-01/wrong-password-refused", "S1.1-02/common-credentials",
                       "S1.1-01/ftp-read-without-credentials")
FILE = "config.bin"
CONFIG = """listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
local_enable=YES
write_enable=YES
session_support=NO
pam_service_name=vsftpd
secure_chroot_dir={folder}/empty
chroot_local_user=YES
allow_writeable_chroot=YES
local_root={folder}/files
anon_root={folder}/files
ftp_username=root
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
xferlog_enable=NO
pasv_address=127.0.0.1
delay_failed_login=0
"""


def start(box, others=None, options="", read_only=()):
    port = box.port()
    password = box.password()
    box.directory("empty")
    box.write(f"files/{FILE}", "wifi key\n", 0o644)
    config = box.write("vsftpd.conf", CONFIG.format(port=port, folder=box.folder) + options)
    accounts.start(box, "vsftpd", config, tcp=[port], users={"admin": password, **(others or {})}, pam="vsftpd",
                   read_only=read_only)
    return box.profile(
        [box.service("files", port, "ftp")],
        limits=accounts.ONE_BY_ONE,
        assets=[{"id": "settings", "kind": "communication-setting"}],
        auth=[{"id": "ftp-login", "kind": "password", "service": "files", "scheme": "ftp", "roles": ["admin"],
               "credentials": [box.credential("admin", "admin", password)]}],
        access=[{"asset": "settings", "service": "files", "auth": "ftp-login", "role": "admin",
                 "read": {"path": f"/{FILE}"}}])


VERSIONS, STRENGTH = "S1.1-12/tls-versions", "S1.1-12/certificate-strength"
ENFORCED, PRECONDITIONS = "S1.1-12/encrypted-on-request", "S1.1-12/tls-preconditions"
MAY_BE_CLEAR = "force_local_logins_ssl=NO\n"
OLD_TLS = "ssl_tlsv1=YES\nssl_ciphers=ALL:@SECLEVEL=0\n"


def with_tls(box, options=""):
    """AUTH TLS, with the files as something worth protecting."""
    certificate, key = box.certificate()
    profile = start(box, options=NOBODY + f"ssl_enable=YES\nrsa_cert_file={certificate}\nrsa_private_key_file={key}\n"
                                          f"require_ssl_reuse=NO\n{options}")
    profile["services"][0].update(carries_assets=True, tls={"server_name": "localhost"})
    return profile


ANONYMOUS = "anonymous_enable=YES\n"
NOBODY = "anonymous_enable=NO\n"

CONFIGURATIONS = [
    Configuration("vsftpd, accounts of its own", lambda box: start(box, options=NOBODY),
                  {READ: "pass", WRONG: "pass", COMMON: "pass"}),
    Configuration("vsftpd, anonymous may read everything",
                  lambda box: start(box, options=ANONYMOUS, read_only=[box.directory("files")]),
                  {READ: "fail", WRONG: "pass", COMMON: "fail"}),
    Configuration("vsftpd, anonymous may read something else",
                  lambda box: start(box, options=ANONYMOUS + f"anon_root={box.directory('public')}\n",
                                    read_only=[box.directory("public")]),
                  {READ: "review", WRONG: "pass", COMMON: "fail"}),
    Configuration("vsftpd, a common password", lambda box: start(box, {"root": "xc3511"}, NOBODY),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
    Configuration("vsftpd, root without a password", lambda box: start(box, {"root": ""}, NOBODY),
                  {READ: "pass", WRONG: "pass", COMMON: "fail"}),
    Configuration("vsftpd, TLS on request, and no log-in without", with_tls,
                  {VERSIONS: "pass", STRENGTH: "pass", ENFORCED: "pass", PRECONDITIONS: "pass"}),
    Configuration("vsftpd, TLS on request, and log-ins without", lambda box: with_tls(box, MAY_BE_CLEAR),
                  {VERSIONS: "pass", ENFORCED: "fail"}),
    Configuration("vsftpd, TLS on request, and log-ins without for one user",
                  lambda box: with_tls(box, MAY_BE_CLEAR + "userlist_enable=YES\nuserlist_deny=NO\n"
                                            f"userlist_file={box.write('allowed', 'admin')}\n"), {ENFORCED: "review"}),
    Configuration("vsftpd, old versions of TLS on request", lambda box: with_tls(box, OLD_TLS),
                  {VERSIONS: "fail", STRENGTH: "pass"}),
    Configuration("vsftpd, TLS refused on request", lambda box: with_tls(box, "ssl_enable=NO\n"),
                  {VERSIONS: "inconc", ENFORCED: "fail"}),
]
