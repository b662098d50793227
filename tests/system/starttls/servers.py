"""Servers in which TLS begins on request: real daemons, and a front of our own for protocols and faults they lack."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tls_facts"))
from boxes import try_all  # noqa: E402,F401  pylint: disable=wrong-import-position,unused-import
from accounts import is_root_of_the_machine  # noqa: E402  pylint: disable=wrong-import-position
from box import ADDRESS, Missing  # noqa: E402  pylint: disable=wrong-import-position

HERE = pathlib.Path(__file__).parent
# Dovecot takes a client at its own address for one that needs no TLS; this one is asked from ADDRESS.
ELSEWHERE = "127.0.0.2"

VSFTPD = """listen=YES
listen_address={address}
listen_port={port}
background=NO
anonymous_enable=NO
local_enable=YES
session_support=NO
secure_chroot_dir={folder}/empty
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
xferlog_enable=NO
ssl_enable={tls}
rsa_cert_file={certificate}
rsa_private_key_file={key}
ssl_ciphers={suites}
force_local_logins_ssl={force}
"""

DOVECOT = """protocols = imap pop3
listen = {address}, {elsewhere}
base_dir = {folder}/run
state_dir = {folder}/run
log_path = /dev/stderr
default_internal_user = root
default_internal_group = root
default_login_user = dovenull
ssl = {tls}
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
{more}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=root gid=root home={folder}
}}
"""

SLAPD = """include /etc/ldap/schema/core.schema
pidfile {folder}/slapd.pid
argsfile {folder}/slapd.args
"""
SLAPD_TREE = """database ldif
suffix dc=example
directory {folder}/tree
"""
SLAPD_TLS = """TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
"""


def vsftpd(box, tls=True, suites="ECDHE+AESGCM", force=True):
    certificate, key = box.certificate(subject="device.example")
    port = box.port()
    box.directory("empty")
    config = VSFTPD.format(address=ADDRESS, port=port, folder=box.folder, certificate=certificate, key=key,
                           tls="YES" if tls else "NO", suites=suites, force="YES" if force else "NO")
    box.start("vsftpd", box.write("vsftpd.conf", config), tcp=[port])
    return port


def dovecot(box, tls="required", more=""):
    """(port of IMAP, port of POP3); tls: required, yes, no."""
    # What talks to strangers refuses to be root, and so needs a folder that others may read.
    if not is_root_of_the_machine() or not os.stat("/").st_mode & 0o001:
        raise Missing("dovecot needs an account of its own here")
    certificate, key = box.certificate(subject="device.example")
    imap, pop3 = box.port(), box.port()
    config = DOVECOT.format(address=ADDRESS, elsewhere=ELSEWHERE, folder=box.folder, imap=imap, pop3=pop3,
                            certificate=certificate, key=key, tls=tls, more=more)
    box.start("dovecot", "-F", "-c", box.write("dovecot.conf", config), tcp=[imap, pop3])
    return imap, pop3


def slapd(box, tls=True, tree=False, more=""):
    certificate, key = box.certificate(subject="device.example")
    port = box.port()
    box.directory("tree")
    config = SLAPD + (SLAPD_TLS if tls else "") + more + (SLAPD_TREE if tree else "")
    config = config.format(folder=box.folder, certificate=certificate, key=key)
    box.start("slapd", "-d", "0", "-h", f"ldap://{ADDRESS}:{port}", "-f", box.write("slapd.conf", config), tcp=[port],
              env={**os.environ, "LDAPNOINIT": "1"})
    return port


def front(box, protocol, *faults):
    certificate, key = box.certificate(subject="device.example")
    port = box.port()
    box.start(sys.executable, "-B", str(HERE / "front.py"), protocol, str(port), certificate, key, *faults, tcp=[port])
    return port
