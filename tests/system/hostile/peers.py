"""What a hostile peer does with a connection, and with a recorded answer."""
import asyncio
import socket
import struct

PIECE = 1 << 14
GONE = (OSError, asyncio.IncompleteReadError)


async def wait_for_end(reader):
    while await reader.read(PIECE):
        pass



def answers(data, then="wait", hello_first=True):
    """Sends it once; then "wait", "close" or "reset"."""
    async def serve(reader, writer):
        if hello_first and data:
            await reader.read(PIECE)
        writer.write(data)
        await writer.drain()
        if then == "wait":
            await wait_for_end(reader)
        elif then == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return serve


def drips(data, seconds=1, hello_first=True):
    """One byte a time."""
    async def serve(reader, writer):
        if hello_first:
            await reader.read(PIECE)
        for at in range(len(data)):
            writer.write(data[at:at + 1])
            await writer.drain()
            await asyncio.sleep(seconds)
    return serve


def endless(start, piece, hello_first=True):
    """start, and then the same without end."""
    async def serve(reader, writer):
        if hello_first:
            await reader.read(PIECE)
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
    return serve


def with_length(data, at, size, value):
    """A length field overwritten."""
    return data[:at] + (value % (1 << 8 * size)).to_bytes(size, "big") + data[at + size:]


def wrong_values(data, at, size):
    right = int.from_bytes(data[at:at + size], "big")
    return sorted({0, (right - 1) % (1 << 8 * size), right + 1, (1 << 8 * size) - 1} - {right})


def sampled(length, whole, step):
    """Every place at the beginning, then one of each step."""
    return [*range(min(whole, length)), *range(whole, length, step)]


async def guarded(serve, reader, writer):
    try:
        await serve(reader, writer)
    except GONE:
        pass
    finally:
        writer.close()


class Datagrams(asyncio.DatagramProtocol):
    """answer(data) gives the datagrams that go back."""

    def __init__(self, answer):
        self.answer = answer
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for each in self.answer(data):
            self.transport.sendto(each, addr)

    def error_received(self, exc):
        pass  # the client has left
