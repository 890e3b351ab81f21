"""Two gateways in a process of their own that take everything at once: HTTP and SMPP. For measuring only.

Run as `python -m rollcall.benchmarks.gateways`; says its two ports (HTTP, SMPP) on one line and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import struct
import sys

_BIND, _SUBMIT, _UNBIND, _DELIVER = 0x09, 0x04, 0x06, 0x05
_ANSWER = 0x80000000


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every POST with a number."""
    number = 0
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            await reader.readexactly(length)
            number += 1
            body = b'{"id": "h-%d-%d"}' % (id(writer), number)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def smpp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take every bind and message, and send a receipt for each that asks for one."""
    number = 0
    try:
        while True:
            length, command, _, sequence = struct.unpack(">IIII", await reader.readexactly(16))
            body = await reader.readexactly(length - 16)
            answer = b"bench\0" if command == _BIND else b""
            if command == _SUBMIT:
                number += 1
                name = b"s-%d-%d" % (id(writer), number)
                answer = name + b"\0"
            if not command & _ANSWER:
                writer.write(struct.pack(">IIII", 16 + len(answer), command | _ANSWER, 0, sequence) + answer)
            if command == _SUBMIT and _wants_receipt(body):
                text = b"id:" + name + b" sub:001 dlvrd:001 stat:DELIVRD err:000"
                # Service type, two addresses, then esm_class 4 (a receipt) and the fields up to the text.
                receipt = b"\0" + b"\1\1842\0" + b"\1\1101\0" + b"\4\0\0\0\0\0\0\0\0" + bytes([len(text)]) + text
                writer.write(struct.pack(">IIII", 16 + len(receipt), _DELIVER, 0, number) + receipt)
            if command == _UNBIND:
                break
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


def _wants_receipt(body: bytes) -> bool:
    """The registered_delivery field of a submit_sm. Source: SMPP 3.4, 4.4.1."""
    at = body.index(b"\0") + 1
    for _ in range(2):
        at = body.index(b"\0", at + 2) + 1
    at = body.index(b"\0", at + 3) + 1
    at = body.index(b"\0", at) + 1
    return bool(body[at])


async def _main() -> None:
    servers = [await asyncio.start_server(each, "127.0.0.1", 0) for each in (http, smpp)]
    sys.stdout.write(" ".join(str(each.sockets[0].getsockname()[1]) for each in servers) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main())
