"""Runs a program in a terminal of its own: terminal.py ROWS COLUMNS PROGRAM [ARGUMENT...]

What the program writes to its terminal is copied to standard output as it is; its exit code is passed on.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

rows, columns, *program = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.execvp(program[0], program)
while True:
    try:
        written = os.read(terminal, 65536)
    except OSError:
        break
    if not written:
        break
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
