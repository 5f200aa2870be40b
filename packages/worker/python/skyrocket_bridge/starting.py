"""Starting the process of one Firework, by fork or as a fresh interpreter."""

import os
import signal
import socket
import sys
import warnings


class StartedProcess:
    """A new process, and our ends of what connects us: its channel and its two output streams."""

    def __init__(self, pid, control, stdout, stderr):
        self.pid = pid
        self.control = control
        self.stdout = stdout
        self.stderr = stderr


def start_process(start_method, script, lifeline):
    """Returns a StartedProcess; and once more, in a forked process, the pair of its channel and the lifeline.

    Raises OSError when the system refuses another process.
    """
    control, control_end = socket.socketpair()
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    stdin_end = os.open(os.devnull, os.O_RDONLY)
    ours, theirs = (stdout, stderr), (stdout_end, stderr_end, stdin_end)
    try:
        if start_method == "spawn":
            pid = spawn(script, (stdin_end, stdout_end, stderr_end, control_end.fileno(), lifeline))
        else:
            pid = fork()
    except OSError:
        close(ours + theirs)
        control.close()
        control_end.close()
        raise
    if pid == 0:
        for place, fd in enumerate((stdin_end, stdout_end, stderr_end)):
            os.dup2(fd, place)
        close(ours + theirs)
        control.close()
        return control_end.detach(), lifeline
    close(theirs)
    control_end.close()
    control.setblocking(False)
    for pipe in ours:
        os.set_blocking(pipe, False)
    return StartedProcess(pid, control, stdout, stderr)


def fork():
    with warnings.catch_warnings():
        # numpy has started threads; its library starts them again in the new process.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def spawn(script, descriptors):
    """The descriptors become 0, 1, 2, … of the new process. All are above 4, so none is overwritten before its turn."""
    actions = [(os.POSIX_SPAWN_DUP2, fd, place) for place, fd in enumerate(descriptors)]
    defaults = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD]
    return os.posix_spawn(
        sys.executable, [sys.executable, script, "firework"], os.environ, file_actions=actions, setsigdef=defaults
    )


def close(descriptors):
    for fd in descriptors:
        os.close(fd)
