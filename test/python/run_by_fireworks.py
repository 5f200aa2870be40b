"""Runs a Workflow file by FireWorks itself, and writes it as it is then: run_by_fireworks.py FILE PORT DATABASE RESULT

Each Firework runs in a process of its own, as `rlaunch singleshot` in a batch job does: what a process has in memory
(JSONStore of maggma keeps documents there that it does not read from its file again) is not to decide the outcome.
"""

import os
import sys

from fireworks import FWorker, LaunchPad, Workflow
from fireworks.core.rocket_launcher import rapidfire


def open_launchpad(port, database):
    return LaunchPad(host="127.0.0.1", port=int(port), name=database, strm_lvl="WARNING")


def main(file, port, database, result):
    fworker = FWorker("bench")
    launchpad = open_launchpad(port, database)
    launchpad.reset("", require_password=False)
    ids = launchpad.add_wf(Workflow.from_file(file))
    while launchpad.run_exists(fworker):
        if os.fork() == 0:
            rapidfire(open_launchpad(port, database), fworker, nlaunches=1, strm_lvl="WARNING")
            os._exit(0)
        if os.wait()[1] != 0:
            sys.exit("a rocket crashed")
    launchpad.get_wf_by_fw_id(next(iter(ids.values()))).to_file(result)


main(*sys.argv[1:])
