"""The process of one Firework: a process group of its own, which runs tasks one at a time as the worker asks."""

import atexit
import ctypes
import importlib
import os
import signal
import sys
import threading
import time

from . import wire
from .failures import failure
from .user_fireworks import CannotImport, configure, found_modules, import_fireworks

LEAST_LIMIT = 1 << 16
GRACE_SECONDS = 5


def run(control, lifeline):
    """Serves one Firework until the worker closes the channel; does not return."""
    os.setsid()
    os.register_at_fork(after_in_child=lambda: close_channels(control, lifeline))
    threading.Thread(target=end_with_keeper, args=(lifeline,), name="skyrocket-lifeline", daemon=True).start()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    pid = os.getpid()
    running = None
    while (message := wire.receive(control)) is not None:
        if "open" in message:
            order = message["open"]
            limit = max(order["limit"], LEAST_LIMIT)
            reply, running = open_firework(order, lambda task: wire.send(control, {"loading": task}, limit))
        else:
            reply = running.run_task(message["run"])
        if os.getpid() != pid:
            os._exit(0)  # a task forked, and its child came back from run_task as if it were us
        flush_streams()
        answer(control, reply, limit)
    leave()


def open_firework(order, tell_loading):
    """Loads all that the tasks need, before any of them runs: what is missing here is not the Firework's fault."""
    try:
        os.environ.update(order["environment"])
        bind_to_cores(os.environ)
        redirect_output(order["output"])
        import_fireworks()  # before leaving the worker's directory, where FW_config.yaml is looked for
        os.chdir(order["launchDir"])
        known = configure(order["settings"])
        tell_slot(os.environ)
        forget_what_was_shared()
        from .running_firework import RunningFirework

        running = RunningFirework(order, tell_loading)
        return {"opened": {"foundModules": found_modules(known)}}, running
    except CannotImport as missing:
        return {"cannotImport": {"module": missing.module, "task": missing.task, "cause": missing.cause}}, None
    except Exception as error:
        return {"failed": failure(error, "opening")}, None


def redirect_output(files):
    """Sends standard output and error to two files, if they are named, without a detour through the worker."""
    for stream, path in enumerate(files or [], start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(file, stream)
        os.close(file)


def bind_to_cores(environment):
    """Fireworks that run side by side have cores of their own; libraries count them when they are imported."""
    cores = environment.get("SKYROCKET_SLOT_CORES")
    if cores:
        os.sched_setaffinity(0, [int(core) for core in cores.split(",")])


def tell_slot(environment):
    """Gives Firetasks their share of an allocation where FireWorks' own multi-launcher puts it."""
    from fireworks.fw_config import FWData

    if "SKYROCKET_SLOT_PROCESSORS" in environment:
        nodes = environment.get("SKYROCKET_SLOT_NODES")
        data = FWData()
        data.MULTIPROCESSING = True
        data.NODE_LIST = nodes.split(",") if nodes else None
        data.SUB_NPROCS = int(environment["SKYROCKET_SLOT_PROCESSORS"])


def forget_what_was_shared():
    """Directories may have new modules since the kept interpreter looked, and random numbers must not repeat."""
    importlib.invalidate_caches()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def answer(control, reply, limit):
    try:
        wire.send(control, reply, limit)
    except OSError:
        leave()
    except BaseException as error:
        wire.send(control, {"failed": failure(error, "telling its action")}, sys.maxsize)


def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # the task closed or replaced it
    c_library().fflush(None)


def c_library():
    return ctypes.CDLL(None)


def leave():
    """Ends as a program does: exit handlers run and buffers of C and Fortran libraries are written, but nothing waits
    for threads that a task has left, and the modules are not taken down one by one (which costs 30 ms)."""
    atexit._run_exitfuncs()
    flush_streams()
    c_library().exit(0)
    os._exit(0)


def close_channels(control, lifeline):
    for fd in (control, lifeline):
        try:
            os.close(fd)
        except OSError:
            pass


def end_with_keeper(lifeline):
    """Without the kept interpreter nobody would end this group: a helper outside of it does, then."""
    while os.read(lifeline, 1):
        pass
    group = os.getpid()
    if os.fork() == 0:
        os.setsid()
        for number, pause in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 0)):
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                break
            time.sleep(pause)
        os._exit(0)
