"""Reserves the next Firework in the current directory and notes it as an offline run, as FireWorks' `qlaunch -r` does."""

import json
import os

from fireworks import FWorker, LaunchPad

launchpad = LaunchPad.from_file("my_launchpad.yaml")
firework, launch_id = launchpad.reserve_fw(FWorker(), os.getcwd())
firework.to_file("FW.json")
with open("FW_offline.json", "w") as file:
    json.dump({"launch_id": launch_id}, file)
launchpad.add_offline_run(launch_id, firework.fw_id, firework.name)
