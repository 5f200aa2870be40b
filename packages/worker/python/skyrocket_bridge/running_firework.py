"""A Firework as its tasks see it: as the user's own FireWorks would have loaded it."""

import importlib
import traceback

from fireworks.core.fworker import FWorker
from fireworks.core.launchpad import LaunchPad
from fireworks.utilities import fw_serializers

from .action_document import action_document
from .failures import failure, show, summary
from .user_fireworks import CannotImport

LENIENT_KEYS = frozenset({"_tasks", "_background_tasks", "_dupefinder", "_trackers"})


class RunningFirework:
    """Holds the loaded tasks and the running spec between tasks.

    The worker decides what the spec is. But it holds documents, and a task sees live objects: those that stood in the
    spec when it was loaded, that an earlier task put into its action, or that it changed in place. So the worker sends
    only what is different from what this process must know already.
    """

    def __init__(self, order, tell_loading):
        """Loads the tasks and the spec; calls `tell_loading` with the name of each task before it is loaded."""
        self.fw_id = order["fwId"]
        self.settings = order["settings"]
        self.spec = {}
        self.tasks = []
        self.last_update = {}
        self.opened_launchpad = None
        mappings = order["spec"]["_tasks"]
        mine = set(order["pythonTasks"])
        for index, mapping in enumerate([mappings] if isinstance(mappings, dict) else mappings):
            if index in mine:
                tell_loading(mapping["_fw_name"])
                self.tasks.append(load_task(mapping))
            else:
                self.tasks.append(load_known_task(mapping))
        for key, value in order["spec"].items():
            self.spec[key] = self.tasks if key == "_tasks" else load_spec_value(key, value)

    def run_task(self, order):
        """Runs one task and returns its action as a document, None for none, or why there is no action."""
        try:
            self.change_spec(order["spec"])
        except Exception as error:
            return {"failed": failure(error, "loading its spec")}
        try:
            task = self.tasks[order["index"]]
            self.introduce(task)
            action = task.run_task(self.spec)
        except BaseException as error:
            told = failure(error, "running")
            show(told)
            return {"failed": told}
        try:
            document = action_document(action)
        except BaseException as error:
            told = failure(error, "telling its action")
            show(told)
            return {"failed": told}
        self.last_update = action.update_spec if action else {}
        return {"action": document}

    def change_spec(self, change):
        for key in change["adopt"]:
            self.spec[key] = self.last_update[key]
        for key in change["unset"]:
            self.spec.pop(key, None)
        for key, value in change["set"].items():
            self.spec[key] = load_spec_value(key, value)
        self.last_update = {}

    def introduce(self, task):
        """Gives the task what FireWorks gives it; `fw_id` also to those that did not ask, unless they use the name."""
        asked = bool(self.spec.get("_add_launchpad_and_fw_id"))
        launchpad = self.launchpad() if asked else None
        for name, value in (("fw_id", self.fw_id), ("launchpad", launchpad)):
            if asked or not hasattr(task, name):
                setattr(task, name, value)
        if self.spec.get("_add_fworker"):
            task.fworker = FWorker.from_dict(self.settings["worker"])

    def launchpad(self):
        """FireWorks' own LaunchPad, opened for the first task that asks for it; None where the worker has no MongoDB."""
        file = self.settings["launchpadFile"]
        if file is not None and self.opened_launchpad is None:
            self.opened_launchpad = LaunchPad.from_file(file, "json" if file.endswith(".json") else "yaml")
        return self.opened_launchpad


def load_task(mapping):
    """The object that FireWorks makes of a task mapping. Raises CannotImport when something it names is missing."""
    name = mapping["_fw_name"]
    renamed = fw_serializers.FW_NAME_UPDATES.get(name, name)
    module = None
    if renamed.startswith("{{") and renamed.endswith("}}"):
        module = renamed.strip("{} ").rpartition(".")[0]
        import_module(module, name)
    try:
        return fw_serializers.load_object(mapping)
    except ImportError as error:
        raise CannotImport(error.name or module, name, summary(error)) from error
    except Exception as error:
        if class_was_found(error):
            raise
        raise CannotImport(module, name, summary(error)) from error


def class_was_found(error):
    """Whether FireWorks had found the class, so that it is the Firework's parameters that are wrong."""
    return any(frame.name == "from_dict" for frame in traceback.extract_tb(error.__traceback__))


def import_module(module, task):
    try:
        importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise CannotImport(module, task, summary(error)) from error


def load_spec_value(key, value):
    if key in LENIENT_KEYS:
        return load_leniently(value)
    try:
        return fw_serializers._recursive_load(value)
    except ImportError as error:
        raise CannotImport(error.name, None, summary(error)) from error


def load_known_task(mapping):
    """Tasks that the worker runs itself are objects too when a task looks at `_tasks`, if FireWorks has them at hand."""
    known = isinstance(mapping, dict) and mapping.get("_fw_name") in fw_serializers.SAVED_FW_MODULES
    return load_leniently(mapping) if known else mapping


def load_leniently(value):
    """Objects where they can be made: these parts of a spec are the worker's business, and may name JavaScript tasks."""
    try:
        return fw_serializers._recursive_load(value)
    except Exception:
        return value
