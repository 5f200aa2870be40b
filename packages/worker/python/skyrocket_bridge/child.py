"""The process of one Firework, as the kept interpreter sees it."""

import os


class Child:
    def __init__(self, number, started):
        self.number = number
        self.pid = started.pid
        self.control = started.control
        self.to_send = bytearray()
        self.tail = bytearray()
        self.pipes = {1: started.stdout, 2: started.stderr}
        self.closing = False  # the worker has asked it to end
        self.cut_off = False  # it has closed its channel, which only its end should do
        self.killed = False
        self.ended = False

    def signal(self, number):
        """Signals the whole group, or the process alone while it has not made its group yet.

        False when nothing was there to be signalled.
        """
        try:
            os.killpg(self.pid, number)
            return True
        except (ProcessLookupError, PermissionError):
            pass
        if self.ended:
            return False  # by now the number may belong to another process
        try:
            os.kill(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True
