"""The first message of a kept interpreter: who it is."""

import gc
import importlib
import importlib.metadata
import os
import sys

from . import user_fireworks, wire


def greeting(start_method):
    """Who we are. FireWorks is imported here, unless every process will do that for itself."""
    hello = {
        "event": "hello",
        "protocol": wire.PROTOCOL,
        "python": sys.version.split()[0],
        "executable": sys.executable,
        "pid": os.getpid(),
    }
    try:
        if start_method == "spawn":
            return {**hello, "fireworks": importlib.metadata.version("FireWorks"), "ignoredKeys": []}
        version, unknown = user_fireworks.import_fireworks()
        user_fireworks.prepare()
        importlib.import_module("skyrocket_bridge.running_firework")  # which needs FireWorks
    except Exception as error:
        return {**hello, "problem": f"{type(error).__name__}: {error}"}
    gc.collect()
    gc.freeze()  # so that a collection in a forked process does not copy all these pages
    return {**hello, "fireworks": version, "ignoredKeys": unknown}
