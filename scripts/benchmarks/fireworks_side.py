"""Python FireWorks for measurements: fireworks_side.py HOST_URI DATABASE ACTION [ARGUMENT]; prints the seconds that it took.

add N: N Workflows of one Firework by add_wf; run: what is READY by one rapidfire, begun when a line comes after "ready" was
said, and then "done"; root N: completing a root with N children; latest N: what `lpad get_fws --rsort updated_on -m N -d less`
asks; lost: what `lpad detect_lostruns` asks; recover: what `lpad recover_offline` does.
"""

import sys
import time

from fireworks import FWAction, Firework, FWorker, LaunchPad, Workflow
from fireworks.core.rocket_launcher import rapidfire
from fireworks.user_objects.firetasks.fileio_tasks import FileWriteTask

uri, name, action, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
launchpad = LaunchPad(host=uri, name=name, uri_mode=True, strm_lvl="CRITICAL")
nothing = FileWriteTask(files_to_write=[])


def measured(work):
    begun = time.perf_counter()
    work()
    print(f"seconds {time.perf_counter() - begun}")


def add_single():
    for _ in range(count):
        launchpad.add_wf(Firework(nothing, name="step"))


def run():
    print("ready", flush=True)
    sys.stdin.readline()
    rapidfire(launchpad, FWorker(), strm_lvl="CRITICAL")
    print("done", flush=True)


def latest():
    for fw_id in launchpad.get_fw_ids(sort=[("updated_on", -1)], limit=count):
        launchpad.get_fw_by_id(fw_id).to_dict()


def recover():
    for run in launchpad.offline_runs.find({"completed": False, "deprecated": False}, {"launch_id": 1}):
        if launchpad.recover_offline(run["launch_id"]):
            raise RuntimeError(f"Launch {run['launch_id']} was not recovered")


if action == "reset":
    measured(lambda: launchpad.reset("", require_password=False))
elif action == "add":
    measured(add_single)
elif action == "run":
    run()
elif action == "root":
    children = [Firework(nothing, name="child") for _ in range(count)]
    root = Firework(nothing, name="root")
    launchpad.add_wf(Workflow([root, *children], {root: children}))
    _, launch_id = launchpad.checkout_fw(FWorker(), "/tmp")
    measured(lambda: launchpad.complete_launch(launch_id, FWAction(), "COMPLETED"))
elif action == "latest":
    measured(latest)
elif action == "lost":
    measured(launchpad.detect_lostruns)
elif action == "recover":
    measured(recover)
