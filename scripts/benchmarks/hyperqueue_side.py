"""hyperqueue_side.py COUNT SLOTS: runs `/bin/sh -c true` so often on HyperQueue's local cluster; prints the seconds.

The cluster is up, and has run a task, before the clock starts. It is told only once a second that a job has ended: so the end is when
the last task's files were made, where what it prints goes by default.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

count, slots = int(sys.argv[1]), int(sys.argv[2])


def run(client, count, folder):
    os.mkdir(folder)
    job = Job()
    for _ in range(count):
        job.program(["/bin/sh", "-c", "true"], cwd=folder)
    submitted = client.submit(job)
    client.wait_for_jobs([submitted])
    return max(path.stat().st_mtime for path in Path(folder).iterdir())


with tempfile.TemporaryDirectory() as folder, LocalCluster() as cluster:
    cluster.start_worker(WorkerConfig(cores=slots))
    client = cluster.client()
    run(client, 1, f"{folder}/first")
    begun = time.time()
    print(run(client, count, f"{folder}/tasks") - begun)
