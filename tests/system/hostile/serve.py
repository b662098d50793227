#!/usr/bin/env python3
"""Serves every hostile peer on a port of its own until its standard input ends. Prints one line of JSON: rows of probe, name,
target, and whether the peer says something true.

A process of its own: what the peers hold must not be counted as a probe's memory, as it would be of a child of theirs."""
import asyncio
import json
import resource
import sys

import dtls_cases
import peers
import ssh_cases
import tls_cases

ADDRESS = "127.0.0.1"


async def stream(serve, kept):
    server = await asyncio.start_server(lambda r, w: peers.guarded(serve, r, w), ADDRESS, 0, backlog=64)
    kept.append(server)
    return f"{ADDRESS}:{server.sockets[0].getsockname()[1]}"


async def datagrams(answer, kept):
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: peers.Datagrams(answer), (ADDRESS, 0))
    kept.append(transport)
    return f"{ADDRESS}:{transport.get_extra_info('sockname')[1]}/udp"


async def main():
    rows, kept = [], []
    for probe, module, serve in (("tls_server", tls_cases, stream), ("ssh_server", ssh_cases, stream),
                                 ("dtls_server", dtls_cases, datagrams)):
        for name, peer, says_something in module.cases():
            rows.append([probe, name, await serve(peer, kept), says_something])
    print(json.dumps(rows), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    asyncio.run(main())
    sys.stdout.flush()
