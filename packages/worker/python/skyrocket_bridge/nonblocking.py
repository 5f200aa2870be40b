"""Reading and writing what can be read and written now."""

import os


def read_some(fd, size):
    """What can be read now: bytes, none of them at the end, None when nothing is there yet."""
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def flush(fd, buffer):
    """Writes what the other side takes now; all of it counts as taken when the other side is gone."""
    try:
        while buffer:
            with memoryview(buffer) as view:
                written = os.write(fd, view[: 1 << 20])
            del buffer[:written]
    except BlockingIOError:
        pass
    except OSError:
        buffer.clear()
