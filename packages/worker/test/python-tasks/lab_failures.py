"""Firetasks that go wrong, each in its own way."""

import ctypes
import os
import signal
import sys
import time

from fireworks import FiretaskBase, FWAction, explicit_serialize


class Told(Exception):
    def to_dict(self):
        return {"pressure": 1.0}


def failing(function):
    """A Firetask whose run_task is the function."""
    name = function.__name__.title().replace("_", "")
    task = type(name, (FiretaskBase,), {"run_task": lambda self, fw_spec: function(), "__module__": __name__})
    globals()[name] = explicit_serialize(task)


@failing
def raise_error():
    print("before the error")
    raise ValueError("the cell is not periodic")


@failing
def raise_told():
    raise Told("too much")


@failing
def exit_by_error():
    sys.exit("no licence")


@failing
def exit_at_once():
    os._exit(3)


@failing
def exit_as_if_good():
    os._exit(0)


@failing
def crash():
    ctypes.string_at(0)


@failing
def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@failing
def return_text():
    return "an action"


@failing
def return_bad_keys():
    return FWAction(stored_data={"ids": {4: "x"}})


@failing
def return_bad_action():
    action = FWAction()
    action.update_spec = ["no", "mapping"]
    return action


@failing
def return_too_much():
    return FWAction(stored_data={"text": "x" * (65 << 20)})


@failing
def close_descriptors():
    os.closerange(3, 1000)
    time.sleep(1000)


@failing
def return_twice():
    if os.fork() == 0:
        return FWAction(stored_data={"from": "the copy"})
    os.wait()
    return FWAction(stored_data={"from": "the task"})


@failing
def hang():
    with open("hangs", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(1000)


@failing
def hang_stubbornly():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    with open("hangs" if child else "child", "w") as file:
        file.write(str(os.getpid()))
    time.sleep(1000)


@failing
def close_output():
    sys.stdout.close()
    os.close(2)
    raise RuntimeError("nobody hears this")
