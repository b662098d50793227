#!/usr/bin/env python3
"""A TCP proxy that adds a round trip: what arrives is passed on DELAY later, each way, however much it is.

A client's connection counts as begun only when a SYN and its answer would have crossed: its first bytes wait for a whole
round trip more. There is no limit of bandwidth and none of connections.

usage: delay_proxy.py LISTEN_PORT TARGET_PORT ROUND_TRIP_MS
"""
import asyncio
import sys

ADDRESS = "127.0.0.1"
AT_ONCE = 1 << 16


async def late(loop, queue, writer):
    """Passes on each piece when its time has come; None ends it, in good order."""
    try:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - loop.time())
            if data is None:
                break
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass


async def one_way(reader, writer, opened, delay):
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()
    passing = asyncio.ensure_future(late(loop, queue, writer))
    data = b" "
    while data:
        try:
            data = await reader.read(AT_ONCE)
        except OSError:
            data = b""
        queue.put_nowait((max(loop.time(), opened) + delay, data or None))
    await passing


async def serve(reader, writer, target, delay):
    opened = asyncio.get_running_loop().time() + 2 * delay
    away = None
    try:
        there, away = await asyncio.open_connection(ADDRESS, target)
        await asyncio.gather(one_way(reader, away, opened, delay), one_way(there, writer, opened, delay))
    except OSError:
        pass
    finally:
        for each in (away, writer):
            if each is not None:
                each.close()


async def main(port, target, delay):
    server = await asyncio.start_server(lambda r, w: serve(r, w, target, delay), ADDRESS, port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 2000))
    except KeyboardInterrupt:
        pass
