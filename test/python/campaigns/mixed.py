"""Firetasks for Fireworks that mix kinds of tasks, and one that fails."""

from fireworks import FiretaskBase, FWAction, explicit_serialize


@explicit_serialize
class Measure(FiretaskBase):
    def run_task(self, fw_spec):
        print("measuring")
        with open("measured.txt") as file:
            length = len(file.read())
        return FWAction(
            stored_data={"length": length, "command": fw_spec["_fw_env"]["command"]},
            update_spec={"lengths": [length, 1.0]},
        )


@explicit_serialize
class Explode(FiretaskBase):
    def run_task(self, fw_spec):
        print("pressure rises")
        raise ValueError("too much pressure")
