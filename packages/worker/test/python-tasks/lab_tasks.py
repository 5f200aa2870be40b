"""Firetasks as users write them."""

import datetime
import os
import sys

import numpy as np
from fireworks import FiretaskBase, Firework, FWAction, Workflow, explicit_serialize
from lab_objects import Sample


@explicit_serialize
class Nothing(FiretaskBase):
    def run_task(self, fw_spec):
        pass


@explicit_serialize
class Echo(FiretaskBase):
    """Gives back what stands under `value` in the spec and in its own parameters."""

    def run_task(self, fw_spec):
        return FWAction(stored_data={"spec": fw_spec["value"], "parameter": self["value"]})


@explicit_serialize
class Describe(FiretaskBase):
    """Tells of what kind the values of the spec are in Python."""

    def run_task(self, fw_spec):
        kinds = {key: type(value).__name__ for key, value in fw_spec.items() if key not in ("_tasks", "_fw_env")}
        return FWAction(stored_data={"kinds": kinds})


@explicit_serialize
class TellAbout(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(
            stored_data={
                "fw_id": self.fw_id,
                "launchpad": self.launchpad,
                "fworker": self.fworker.name if hasattr(self, "fworker") else None,
                "directory": os.getcwd(),
                "environment": dict(os.environ),
                "arguments": sys.argv,
                "fw_env": fw_spec["_fw_env"],
                "parent": os.getppid(),
                "leader": os.getpid() == os.getpgid(0),
                "standard_input": sys.stdin.read(),
            }
        )


@explicit_serialize
class TellTasks(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(stored_data={"tasks": [type(task).__name__ for task in fw_spec["_tasks"]]})


@explicit_serialize
class MakeSample(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(update_spec={"sample": Sample("salt", [1.0, 2]), "array": np.array([1.0, 2.5])})


@explicit_serialize
class UseSample(FiretaskBase):
    def run_task(self, fw_spec):
        return FWAction(stored_data={"name": fw_spec["sample"].name, "array": type(fw_spec["array"]).__name__})


@explicit_serialize
class ChangeInPlace(FiretaskBase):
    def run_task(self, fw_spec):
        fw_spec["list"].append("from the task")
        fw_spec["new"] = 1


@explicit_serialize
class ShowSpec(FiretaskBase):
    def run_task(self, fw_spec):
        hidden = ("_tasks", "_fw_env")
        return FWAction(stored_data={key: value for key, value in fw_spec.items() if key not in hidden})


@explicit_serialize
class AddMore(FiretaskBase):
    def run_task(self, fw_spec):
        detour = Workflow([Firework([Nothing()], name="detour")], name="around")
        return FWAction(
            stored_data={"when": datetime.datetime(2026, 1, 2, 3, 4, 5)},
            mod_spec=[{"_push": {"list": 1.0}}],
            additions=[Firework([Nothing()], name="addition", spec={"x": 1.0})],
            detours=[detour],
        )


@explicit_serialize
class Print(FiretaskBase):
    def run_task(self, fw_spec):
        print("to the output")
        os.write(2, b"to the error output\n")


@explicit_serialize
class PrintMuch(FiretaskBase):
    def run_task(self, fw_spec):
        line = "x" * 99
        for _ in range(1_000_000):
            print(line)
        print("the last line")


@explicit_serialize
class LeaveBehind(FiretaskBase):
    """Leaves an exit handler, a daemon thread and a thread that would never end."""

    def run_task(self, fw_spec):
        import atexit
        import threading

        atexit.register(lambda: open("farewell", "w").close())
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        threading.Thread(target=threading.Event().wait).start()


@explicit_serialize
class CallFunction(FiretaskBase):
    """Names the module of a function, and needs it when it is loaded, as jobs of jobflow do."""

    @classmethod
    def from_dict(cls, mapping):
        import importlib

        importlib.import_module(mapping["module"])
        return super().from_dict(mapping)

    def run_task(self, fw_spec):
        pass
