"""Reads the committed table of harness/wire/tls_suites.def."""

import re

ROW = re.compile(r'S\(0x([0-9a-f]{4}), "([^"]+)", (\w+), (\w+), "([^"]+)", (\d+), "(\w+)", (\w+), ([YN])\)')


def read(path):
    """code -> dict of the row"""
    table = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = ROW.search(line)
            if found:
                code, name, kx, auth, cipher, bits, mac, tier, registered = found.groups()
                table[int(code, 16)] = {
                    "name": name, "kx": kx, "auth": auth, "cipher": cipher, "bits": int(bits),
                    "mac": mac, "tier": tier, "registered": registered == "Y"}
    return table
