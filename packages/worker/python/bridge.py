"""Runs the Python Firetasks of a Skyrocket worker, in the environment of the user.

`python bridge.py keep fork|spawn GRACE` is an interpreter that is kept for the life of the worker and starts one
process per Firework; `python bridge.py firework` is such a process where `spawn` was chosen. Both are started with
private channels on descriptors 3 and 4, see skyrocket_bridge/wire.py.
"""

import os
import sys


def main():
    # The user's modules must never meet ours by name, and nothing is to be written beside ours.
    ours = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0] or ".") == ours:
        del sys.path[0]
    sys.path.insert(0, ours)
    writes_bytecode = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    from skyrocket_bridge import firework_process, keeper

    sys.path.remove(ours)
    sys.dont_write_bytecode = writes_bytecode
    role, *details = sys.argv[1:]
    del sys.argv[1:]
    if role == "keep":
        start_method, grace_seconds = details
        keeper.keep(start_method, float(grace_seconds), os.path.abspath(__file__))
    else:
        firework_process.run(control=3, lifeline=4)


if __name__ == "__main__":
    main()
