"""Python FireWorks as a partner in tests: one request a line on standard input, one reply a line on standard output.

Each request is {"do": name, ...}; the reply is {"ok": value} or {"error": text}. Everything is done by FireWorks' own
public methods on a real database; nothing of a Firework's documents is written here.
"""

import json
import os
import sys
import traceback

replies = os.fdopen(os.dup(1), "w")
# FireWorks prints; only replies may go where they are read.
os.dup2(2, 1)

from fireworks import FWAction, FWorker, LaunchPad, Workflow  # noqa: E402
from fireworks.core import firework as firework_module  # noqa: E402
from fireworks.core import launchpad as launchpad_module  # noqa: E402

launchpad = None


def connect(uri, name):
    global launchpad
    launchpad = LaunchPad(host=uri, name=name, uri_mode=True, strm_lvl="CRITICAL")


def reset():
    launchpad.reset("", require_password=False)


def add(workflow):
    ids = launchpad.add_wf(Workflow.from_dict(workflow))
    return [[int(old), new] for old, new in ids.items()]


def append(workflow, parents, detour, pull_spec_mods=True):
    launchpad.append_wf(Workflow.from_dict(workflow), parents, detour=detour, pull_spec_mods=pull_spec_mods)


def start(fw_id, worker="worker"):
    found = launchpad.checkout_fw(FWorker(worker), "/launches", fw_id=fw_id)
    return found[1]


def claim(worker, category, order):
    """Claims what is best for a worker, with SORT_FWS as FW_config.yaml would have it, and starts it."""
    launchpad_module.SORT_FWS = order
    try:
        return launchpad.checkout_fw(FWorker(worker, category), "/launches")[1]
    finally:
        launchpad_module.SORT_FWS = ""


def ping(launch_id, checkpoint):
    launchpad.ping_launch(launch_id, checkpoint=checkpoint)


def complete(launch_id, action, state):
    launchpad.complete_launch(launch_id, FWAction.from_dict(action), state)


def run(fw_id, action, state):
    launch_id = start(fw_id)
    complete(launch_id, action, state)
    return launch_id


def run_many(worker, limit):
    """Runs what is READY until nothing is, as one rapidfire worker without tasks; tells which Fireworks it ran."""
    ran = []
    while len(ran) < limit:
        firework, launch_id = launchpad.checkout_fw(FWorker(worker), "/launches")
        if not firework:
            break
        ran.append(firework.fw_id)
        launchpad.complete_launch(launch_id, FWAction(), "COMPLETED")
    return ran


def reserve(fw_id, reservation_id=None):
    launch_id = launchpad.reserve_fw(FWorker("worker"), "/submitted", fw_id=fw_id)[1]
    if reservation_id is not None:
        launchpad.set_reservation_id(launch_id, reservation_id)
    return launch_id


def set_reservation_id(launch_id, reservation_id):
    launchpad.set_reservation_id(launch_id, reservation_id)


def cancel_reservation(launch_id):
    launchpad.cancel_reservation(launch_id)


def rerun(fw_id, keep_details=False):
    """`keep_details` is EXCEPT_DETAILS_ON_RERUN, as FW_config.yaml would have it."""
    firework_module.EXCEPT_DETAILS_ON_RERUN = keep_details
    try:
        launchpad.rerun_fw(fw_id)
    finally:
        firework_module.EXCEPT_DETAILS_ON_RERUN = False


def recover(fw_id, mode):
    launchpad.rerun_fw(fw_id, recover_launch="last", recover_mode=mode)


def refresh(fw_id):
    launchpad._refresh_wf(fw_id)


def pause(fw_id):
    launchpad.pause_fw(fw_id)


def resume(fw_id):
    launchpad.resume_fw(fw_id)


def defuse(fw_id):
    launchpad.defuse_fw(fw_id)


def reignite(fw_id):
    launchpad.reignite_fw(fw_id)


def pause_workflow(fw_id):
    launchpad.pause_wf(fw_id)


def reignite_workflow(fw_id):
    launchpad.reignite_wf(fw_id)


def archive(fw_id):
    launchpad.archive_wf(fw_id)


def delete(fw_id):
    launchpad.delete_wf(fw_id)


def set_priority(fw_id, priority):
    launchpad.set_priority(fw_id, priority)


def update_spec(fw_id, document, mongo=False):
    launchpad.update_spec([fw_id], document, mongo=mongo)


def maintain():
    launchpad.maintain(infinite=False)


def firework_state(fw_id):
    return launchpad.get_fw_by_id(fw_id).state


def action_of(launch_id):
    return launchpad.get_launch_by_id(launch_id).action.to_dict()


commands = {name: value for name, value in list(globals().items()) if callable(value) and not isinstance(value, type)}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"ok": commands[request.pop("do")](**request)}
    except BaseException:
        reply = {"error": traceback.format_exc()}
    replies.write(json.dumps(reply) + "\n")
    replies.flush()
