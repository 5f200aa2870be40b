"""A module that takes for ever to import, but only the first time in a directory."""

import os
import time

from fireworks import FiretaskBase, explicit_serialize

if not os.path.exists("hangs"):
    with open("hangs", "w") as file:
        file.write(str(os.getppid()))
    time.sleep(1000)


@explicit_serialize
class Task(FiretaskBase):
    def run_task(self, fw_spec):
        pass
