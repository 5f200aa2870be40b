"""The user's own FireWorks: importing it, and telling it what the worker's configuration says."""

import importlib.util
import sys


class CannotImport(Exception):
    """A module or class that a Firework names is not to be had here. `module` and `task` are None where unknown."""

    def __init__(self, module, task, cause):
        super().__init__(cause)
        self.module = module
        self.task = task
        self.cause = cause


def import_fireworks():
    """Imports FireWorks; returns its version and the keys of FW_config.yaml that were kept from it.

    FireWorks refuses to start on a key that it does not know. Skyrocket has keys of its own in that file, and only
    warns of others. What FireWorks prints meanwhile is no result of anything, so it goes to standard error.
    """
    unknown = []
    if importlib.util.find_spec("fireworks") is None:
        raise ModuleNotFoundError("No module named 'fireworks'")
    if "fireworks" not in sys.modules:
        import monty.serialization

        read, standard_output = monty.serialization.loadfn, sys.stdout
        monty.serialization.loadfn = lambda *args, **kwargs: known_keys(read(*args, **kwargs), unknown)
        sys.stdout = sys.stderr
        try:
            import fireworks.fw_config

            fireworks.fw_config.loadfn = read
        finally:
            monty.serialization.loadfn, sys.stdout = read, standard_output
    return sys.modules["fireworks"].__version__, unknown


def known_keys(content, unknown):
    if not isinstance(content, dict):
        return content
    known = {"ADD_USER_PACKAGES", "ECHO_TEST", *vars(sys.modules["fireworks.fw_config"])}
    unknown.extend(key for key in content if key not in known)
    return {key: value for key, value in content.items() if key in known}


def prepare():
    """Does once what each process would do again: a walk through all packages for FireWorks' own tasks, and loading what
    reads dates."""
    from fireworks.utilities.fw_serializers import SAVED_FW_MODULES, reconstitute_dates

    reconstitute_dates("T")
    prefix = "fireworks.user_objects.firetasks."
    for name, module in [item for item in sys.modules.items() if item[0].startswith(prefix)]:
        for member in vars(module).values():
            if isinstance(member, type) and member.__module__ == name and "_fw_name" in vars(member):
                SAVED_FW_MODULES.setdefault(member._fw_name, name)


def configure(settings):
    """Sets what load_object() goes by, and returns the names of tasks whose modules are known already.

    Without `userPackages` it looks where FireWorks itself was told to look.
    """
    from fireworks.utilities import fw_serializers

    if settings["userPackages"] is not None:
        fw_serializers.USER_PACKAGES[:] = settings["userPackages"]
    fw_serializers.FW_NAME_UPDATES.update(settings["nameUpdates"])
    fw_serializers.SAVED_FW_MODULES.update(settings["foundModules"])
    return set(fw_serializers.SAVED_FW_MODULES)


def found_modules(known):
    """Where short names beside the known ones were found; a later process need not search again."""
    from fireworks.utilities.fw_serializers import SAVED_FW_MODULES

    return {name: module for name, module in SAVED_FW_MODULES.items() if name not in known}
