"""hyperqueue_side.py COUNT SLOTS OUTPUT: runs `/bin/sh -c true` so often on HyperQueue's local cluster; prints its rate.

OUTPUT is `files`, as by default: what each task prints goes to two files of its own; or `none`. The cluster is up, and has run a
task, before the clock starts: it goes from the submission of the job to the begin of a task that waits for all others (its file
tells when), since HyperQueue tells only once a second that a job has ended.

hyperqueue_side.py COUNT SLOTS OUTPUT program: the same without the first task; who started this program measures it to its end.
"""

import sys
import tempfile
import time
from pathlib import Path

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig
from hyperqueue.output import default_stderr, default_stdout

count, slots, output = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
printed = {"stdout": default_stdout(), "stderr": default_stderr()} if output == "files" else {"stdout": None, "stderr": None}


def run(client, count, folder):
    folder.mkdir()
    job = Job(default_workdir=folder)
    tasks = [job.program(["/bin/sh", "-c", "true"], **printed) for _ in range(count)]
    job.program(["/bin/sh", "-c", "true"], stdout=str(folder / "over"), stderr=None, deps=tasks)
    begun = time.time()
    client.wait_for_jobs([client.submit(job)])
    return (folder / "over").stat().st_mtime - begun


folder = Path(tempfile.mkdtemp())
with LocalCluster() as cluster:
    cluster.start_worker(WorkerConfig(cores=slots))
    client = cluster.client()
    if sys.argv[4:] != ["program"]:
        run(client, 1, folder / "first")
    print(count / run(client, count, folder / "tasks"))
