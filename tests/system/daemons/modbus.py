"""pymodbus's server: Modbus/TCP, which knows no log-in."""
import subprocess

from box import ADDRESS, Configuration, Missing

UNDECLARED, PROTOCOL = "S1.1-13/undeclared-tcp", "S1.1-13/declared-protocol"
# Debian's Python, whose packages are Debian's.
PYTHON = "/usr/bin/python3"

SERVER = """
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext
try:
    from pymodbus.datastore import ModbusSlaveContext as Unit
    one = {{"slaves": Unit(hr=ModbusSequentialDataBlock(0, [0] * 8))}}
except ImportError:
    from pymodbus.datastore import ModbusDeviceContext as Unit
    one = {{"devices": Unit(hr=ModbusSequentialDataBlock(0, [0] * 8))}}
from pymodbus.server import StartTcpServer
StartTcpServer(context=ModbusServerContext(single=True, **one), address=("{address}", {port}))
"""


def start(box, protocol="modbus"):
    try:
        subprocess.run([PYTHON, "-c", "import pymodbus.server"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing("python3-pymodbus is not installed") from error
    port, web = box.port(), box.port()
    box.start(PYTHON, "-c", SERVER.format(address=ADDRESS, port=port), tcp=[port])
    box.write("root/index.html", "EX-1")
    box.start("busybox", "httpd", "-f", "-p", f"{ADDRESS}:{web}", "-h", str(box.folder / "root"), tcp=[web])
    services = [box.service("web", web, "http", carries_assets=False)]
    if protocol:
        services.append(box.service("registers", port, protocol, carries_assets=False))
    return box.profile(services, liveness={"service": "web", "path": "/", "contains": "EX-1"})


CONFIGURATIONS = [
    Configuration("Modbus/TCP, declared", start, {PROTOCOL: "pass"}),
    Configuration("Modbus/TCP, undeclared", lambda box: start(box, None), {UNDECLARED: "fail"}),
    Configuration("Modbus/TCP, declared as HTTP", lambda box: start(box, "http"),
                  {f"{PROTOCOL}@web": "pass", f"{PROTOCOL}@registers": "review"}),
]
