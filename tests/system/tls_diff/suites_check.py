#!/usr/bin/env python3
"""Compares the suite table with Wireshark's copy of the registry and with OpenSSL's list.

Exit 0: they agree; 1: they do not; 77: neither tool is here."""

import re
import shutil
import subprocess
import sys

import suite_table

# Numbers that Wireshark names and that are no suites, or name a thing that is not TLS.
NOT_SUITES = re.compile(r"GREASE|SCSV|^(ECDHE|ECC|IBSDH|IBC|RSA)_SM[14]_")
# Wireshark gives two numbers one name, or the name of a later number.
RENAMED = {0xCC13: "_OLD", 0xCC14: "_OLD", 0xCC15: "_OLD", 0xFFE0: "_2", 0xFFE1: "_2"}
# Newer than the Wireshark that the table was made from.
MAY_BE_MISSING = {0x1306, 0x1307}
OPENSSL_BITS = {"AESGCM(128)": 128, "AESGCM(256)": 256, "AES(128)": 128, "AES(256)": 256,
                "CHACHA20/POLY1305(256)": 256, "None": 0, "Camellia(128)": 128,
                "Camellia(256)": 256, "AESCCM(128)": 128, "AESCCM(256)": 256,
                "AESCCM8(128)": 128, "AESCCM8(256)": 256}


def wireshark():
    text = subprocess.run(["tshark", "-G", "values"], check=True, capture_output=True,
                          text=True).stdout
    found = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if fields[0] == "V" and fields[1] == "tls.handshake.ciphersuite":
            code = int(fields[2])
            if not NOT_SUITES.search(fields[3]):
                found[code] = fields[3] + RENAMED.get(code, "")
    return found


def openssl():
    text = subprocess.run(["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                          check=True, capture_output=True, text=True).stdout
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s*0x(..),0x(..) - (\S+)\s.*Enc=(\S+)", line)
        if match:
            found[int(match[1] + match[2], 16)] = (match[3], match[4])
    return found


def main():
    table = suite_table.read(sys.argv[1])
    faults = []
    compared = 0
    if len(table) < 350:
        faults.append(f"only {len(table)} suites can be read from the table")
    if shutil.which("tshark"):
        theirs = wireshark()
        compared += len(theirs)
        for code in sorted(set(theirs) | set(table)):
            ours = table.get(code, {}).get("name")
            if ours != theirs.get(code) and not (code in MAY_BE_MISSING and code not in theirs):
                faults.append(f"0x{code:04x}: ours {ours}, Wireshark {theirs.get(code)}")
    if shutil.which("openssl"):
        theirs = openssl()
        compared += len(theirs)
        for code, (name, cipher) in sorted(theirs.items()):
            row = table.get(code)
            if row is None or row["name"] != name:
                faults.append(f"0x{code:04x}: ours {row}, OpenSSL {name}")
            elif OPENSSL_BITS.get(cipher, row["bits"]) != row["bits"]:
                faults.append(f"0x{code:04x}: ours {row['bits']} bits, OpenSSL {cipher}")
    for fault in faults:
        print(fault)
    if compared == 0:
        print("neither tshark nor openssl is here")
        return 77
    print(f"{len(table)} suites; compared with {compared} entries; {len(faults)} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
