"""What goes over the private channels, and how it is framed.

Between the worker and the kept interpreter there are two sockets. Descriptor 3 (control) carries frames of
`channel, length` and that many bytes. Channel 0 is the kept interpreter itself: one JSON message a frame. Channel N is
the process of one Firework: its bytes are passed on as they come, and consist of messages of `length` and JSON.
Descriptor 4 (output) carries frames of `channel, stream, length` and what the tasks printed; stream 1 is standard
output, 2 standard error, and an empty frame of stream 0 says that the process has ended and no more will follow from it.
"""

import json
import os
import struct

PROTOCOL = 1

CONTROL_HEADER = struct.Struct(">II")
OUTPUT_HEADER = struct.Struct(">IBI")
MESSAGE_HEADER = struct.Struct(">I")


class MessageTooLarge(Exception):
    """A message is larger than the other side accepts."""


def encode(message):
    """JSON that keeps what Python and Skyrocket both know: integers of any size, floats, NaN, order of keys."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def send(fd, message, limit):
    """Writes one message to a blocking descriptor. Nothing is written when it is too large or cannot be encoded."""
    payload = encode(message)
    if len(payload) > limit:
        raise MessageTooLarge(f"{len(payload)} bytes are more than the limit of {limit} bytes")
    rest = memoryview(MESSAGE_HEADER.pack(len(payload)) + payload)
    while rest:
        rest = rest[os.write(fd, rest) :]


def receive(fd):
    """Reads one message from a blocking descriptor; None at its end."""
    header = _read_exactly(fd, MESSAGE_HEADER.size)
    if header is None:
        return None
    payload = _read_exactly(fd, MESSAGE_HEADER.unpack(header)[0])
    return None if payload is None else json.loads(payload)


def _read_exactly(fd, size):
    parts = []
    while size > 0:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
