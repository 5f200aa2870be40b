import { describe, expect, it } from '@jest/globals';
import type { BatchSystem, JobEnd } from '@skyrocket/queue/batch-system';
import { batchSystems } from '@skyrocket/queue/queue-types';

/**
 * Outputs of batch systems that cannot be had here. Only what is called a fixture below was printed by the system itself; the
 * others were written for these tests after the forms that are named beside them, so that they show what the readers expect, not
 * what a site's version prints. Slurm and Grid Engine are asked themselves (`test/cluster`).
 */

/** What the n-th way to ask about a job reads from an output. */
function readEnd({ inquiries }: BatchSystem, output: string, way = 0): JobEnd | 'open' | 'unknown' {
  const inquiry = inquiries[way];
  if (!inquiry) throw new Error('there is no such way');
  return inquiry.read(output);
}

describe('Slurm', () => {
  const slurm = batchSystems.SLURM;

  // Fixtures: printed by `sacct -n -P -X -o State,ExitCode` of Slurm 22.05.8 with slurmdbd, for jobs that ended so; but for those of
  // which there is none here, OUT_OF_MEMORY and PREEMPTED, which were written after the same form.
  it.each([
    ['COMPLETED|0:0\n', 'COMPLETED'],
    ['TIMEOUT|0:0\n', 'TIMEOUT'],
    ['OUT_OF_MEMORY|0:125\n', 'OUT_OF_MEMORY'],
    ['NODE_FAIL|0:0\n', 'NODE_FAIL'],
    ['PREEMPTED|0:0\n', 'PREEMPTED'],
    ['CANCELLED by 0|0:0\n', 'CANCELLED'],
    ['FAILED|3:0\n', 'FAILED'],
  ])('tells by sacct how a job ended: %j', (output, cause) => {
    expect(readEnd(slurm, output, 1)).toMatchObject({ cause });
  });

  it('keeps the words of sacct', () => {
    expect(readEnd(slurm, 'OUT_OF_MEMORY|0:125\n', 1)).toEqual({
      cause: 'OUT_OF_MEMORY',
      words: 'OUT_OF_MEMORY, exit code 0:125',
    });
  });

  it('knows nothing of a job that sacct does not list', () => {
    expect(readEnd(slurm, '', 1)).toBe('unknown');
  });

  it.each(['PENDING|0:0\n', 'RUNNING|0:0\n', 'REQUEUED|0:0\n'])('knows that a job is open: %j', (output) => {
    expect(readEnd(slurm, output, 1)).toBe('open');
  });

  // Fixture: printed by `sacct -c`, without slurmdbd, for a job that was requeued and then cancelled.
  it('takes the last end of a job that ended more than once', () => {
    expect(readEnd(slurm, 'PENDING|0:0\nCANCELLED|0:0\n', 2)).toMatchObject({ cause: 'CANCELLED' });
  });

  it('lists the parts of an array, with comments that hold more than the tag', () => {
    const output = '7_0|RUNNING|skyrocket:P-1a2b\n7_1|PENDING|a|b skyrocket:P-1a2b\n8|COMPLETED|(null)\n';
    expect(slurm.readList(output)).toEqual([
      { id: '7_0', state: 'running', tag: 'P-1a2b' },
      { id: '7_1', state: 'pending', tag: 'P-1a2b' },
      { id: '8', state: 'ended', tag: null },
    ]);
  });

  it('refuses to read what is no listing', () => {
    expect(() => slurm.readList('squeue: error: something\n')).toThrow(/something else than a list/);
  });
});

describe('PBS', () => {
  const { PBS: pbs } = batchSystems;
  // Written after the long form of `qstat -f`, its attributes and how it folds lines; not captured from a PBS.
  const running = `Job Id: 1234.pbs01
    Job_Name = FW_job
    Job_Owner = ann@login1.cluster
    job_state = R
    queue = workq
    Variable_List = PBS_O_HOME=/home/ann,PBS_O_LANG=en_US.UTF-8,
\tPBS_O_PATH=/usr/bin:/bin,SKYROCKET_TAG=L12-1a2b3c4d,PBS_O_QUEUE=workq
    comment = Job run at Mon Mar 04 at 10:00 on (node1:ncpus=1)

`;

  it('reads the id that qsub prints', () => {
    expect(pbs.readJobId('1234.pbs01\n')).toBe('1234.pbs01');
    expect(pbs.readJobId('qsub: waiting\n')).toBeNull();
  });

  it('finds the tag in the variables of a job, also where their line is folded', () => {
    const queued = running.replace('1234', '1235').replace('= R', '= Q').replace('SKYROCKET_TAG', 'OTHER');
    expect(pbs.readList(running + queued)).toEqual([
      { id: '1234.pbs01', state: 'running', tag: 'L12-1a2b3c4d' },
      { id: '1235.pbs01', state: 'pending', tag: null },
    ]);
  });

  it('reads an empty listing as no jobs', () => {
    expect(pbs.readList('')).toEqual([]);
  });

  it.each([
    [0, 'COMPLETED'],
    [3, 'FAILED'],
    [-29, 'TIMEOUT'],
    [271, 'CANCELLED'],
  ])('tells by the exit status %d how a job ended', (status, cause) => {
    const ended = running
      .replace('= R', '= F')
      .replace('comment = Job run', `Exit_status = ${status}\n    note = x`);
    expect(readEnd(pbs, ended)).toMatchObject({ cause, words: `exit status ${status}` });
  });

  // Shortened, with other names, after what a public test of a reader of Torque's qstat (barnacle_status) holds of a job that is
  // called timeout.pbs. That its status, -11, stands for the walltime is Torque's own list; in PBS Professional, which writes
  // Exit_status, -11 means something else.
  it('tells Torque apart, whose statuses mean other things', () => {
    const timeout = `Job Id: 522083.head
    Job_Name = timeout.pbs
    job_state = C
    Variable_List = PBS_O_QUEUE=route,
\tPBS_O_LOGNAME=ann
    exit_status = -11
`;
    expect(readEnd(pbs, timeout)).toEqual({ cause: 'TIMEOUT', words: 'exit status -11' });
    expect(readEnd(pbs, timeout.replace('exit_', 'Exit_'))).toMatchObject({ cause: 'FAILED' });
  });

  it('knows that a job is open, or that it is not told', () => {
    expect(readEnd(pbs, running)).toBe('open');
    expect(readEnd(pbs, 'qstat: Unknown Job Id 1234.pbs01\n')).toBe('unknown');
  });
});

describe('LSF', () => {
  const lsf = batchSystems.LoadSharingFacility;

  it('reads the id that bsub prints', () => {
    // Written after what bsub of LSF 10.1 answers; not captured.
    expect(lsf.readJobId('Job <861487> is submitted to queue <normal>.\n')).toBe('861487');
  });

  it('lists jobs with the tag in their description', () => {
    const output = '861487|PEND|skyrocket:L3-1a2b\n861488|RUN|-\n861489|EXIT|skyrocket:L4-1a2b\n';
    expect(lsf.readList(output)).toEqual([
      { id: '861487', state: 'pending', tag: 'L3-1a2b' },
      { id: '861488', state: 'running', tag: null },
      { id: '861489', state: 'ended', tag: 'L4-1a2b' },
    ]);
    expect(lsf.readList('No unfinished job found\n')).toEqual([]);
  });

  // The first reason is in the form of the field exit_reason in a public test of bjobs of LSF 10.1; the others are written
  // after the names of LSF's termination reasons.
  it.each([
    ['EXIT|12|TERM_RUNLIMIT: job killed after reaching LSF run time limit', 'TIMEOUT'],
    ['EXIT|137|TERM_MEMLIMIT: job killed after reaching LSF memory usage limit', 'OUT_OF_MEMORY'],
    ['EXIT|130|TERM_OWNER: job killed by owner', 'CANCELLED'],
    ['EXIT|143|TERM_ZOMBIE: job exited while LSF is not available', 'NODE_FAIL'],
    ['EXIT|1|-', 'FAILED'],
    ['DONE|-|-', 'COMPLETED'],
  ])('tells how a job ended: %s', (output, cause) => {
    expect(readEnd(lsf, `${output}\n`)).toMatchObject({ cause });
  });
});

describe('Cobalt', () => {
  const { Cobalt: cobalt } = batchSystems;
  // Written after the columns that FireWorks asks for; not captured from a Cobalt.
  const output = `JobID   State    Queue    Jobname
=================================================
342     queued   default  FW_job.sky-L3-1a2b
341     running  default  other
`;

  it('lists jobs with the tag at the end of their name', () => {
    expect(cobalt.readList(output)).toEqual([
      { id: '342', state: 'pending', tag: 'L3-1a2b' },
      { id: '341', state: 'running', tag: null },
    ]);
    expect(cobalt.readList('')).toEqual([]);
  });

  it('reads the id that qsub prints', () => {
    expect(cobalt.readJobId('\nJob routed to queue "backfill".\n342\n')).toBe('342');
  });
});

describe('LoadLeveler', () => {
  const { LoadLeveler: loadLeveler } = batchSystems;
  // Written after outputs of llsubmit and llq of LoadLeveler 3 that are quoted in public sources, with other names.
  const output = `Id                       Owner      Submitted   ST PRI Class        Running On
------------------------ ---------- ----------- -- --- ------------ -----------
node1c02.134491.0        ann         8/15 14:37 I  50  c
node1c02.134490.0        ann         8/15 14:30 R  50  c            node7

2 job step(s) in query, 1 waiting, 0 pending, 1 running, 0 held, 0 preempted
`;

  it('reads the id that llsubmit prints', () => {
    const printed = 'llsubmit: The job "node1c02.134491" has been submitted.\n';
    expect(loadLeveler.readJobId(printed)).toBe('node1c02.134491');
  });

  it('lists the steps of jobs by the id of the job', () => {
    expect(loadLeveler.readList(output)).toEqual([
      { id: 'node1c02.134491', state: 'pending', tag: null },
      { id: 'node1c02.134490', state: 'running', tag: null },
    ]);
    expect(loadLeveler.readList('llq: There is currently no job status to report.\n')).toEqual([]);
    expect(() => loadLeveler.readList('llq: 2512-301 An error occurred\n')).toThrow(/something else/);
  });
});

describe('Moab', () => {
  const { MOAB: moab } = batchSystems;
  // Written after an output of showq of Moab 7 that is quoted in public documentation, with other names.
  const output = `
active jobs------------------------
JOBID              USERNAME      STATE PROCS   REMAINING            STARTTIME

15913820                ann    Running     1    00:58:42  Wed May 13 21:19:01

1 active job            1 of 17464 processors in use by local jobs (0.01%)
                       826 of 1172 nodes active      (70.48%)

eligible jobs----------------------
JOBID              USERNAME      STATE PROCS     WCLIMIT            QUEUETIME

Moab.24                 ann       Idle    48  7:00:00:00  Sun Sep 22 16:39:13

1 eligible job

blocked jobs-----------------------
JOBID              USERNAME      STATE PROCS     WCLIMIT            QUEUETIME

15913822                ann   UserHold     8  3:00:00:00  Thu Sep 19 15:53:10

1 blocked job

Total jobs:  3
`;

  it('lists the three tables', () => {
    expect(moab.readList(output)).toEqual([
      { id: '15913820', state: 'running', tag: null },
      { id: 'Moab.24', state: 'pending', tag: null },
      { id: '15913822', state: 'pending', tag: null },
    ]);
  });

  it('reads the id that msub prints after an empty line', () => {
    expect(moab.readJobId('\n15913820\n')).toBe('15913820');
    expect(moab.readJobId('\nMoab.24\n')).toBe('Moab.24');
  });
});

describe('Flux', () => {
  const { Flux: flux } = batchSystems;
  // A fixture: `flux jobs --json` of flux-core, shortened.
  const canceled =
    '{"name": "sleep", "success": false, "result": "CANCELED", "id": 91088924704768, "state": "INACTIVE", "returncode": 143}';

  it('reads the id that flux batch prints', () => {
    expect(flux.readJobId('ƒiFkbMhFM\n')).toBe('ƒiFkbMhFM');
    expect(flux.readJobId('f23xyz\n')).toBe('f23xyz');
  });

  it('lists jobs with the tag at the end of their name', () => {
    expect(flux.readList('ƒiFkbMhFM RUN FW_job.sky-P-1a2b\nƒiG SCHED other\nƒiH INACTIVE x\n')).toEqual([
      { id: 'ƒiFkbMhFM', state: 'running', tag: 'P-1a2b' },
      { id: 'ƒiG', state: 'pending', tag: null },
      { id: 'ƒiH', state: 'ended', tag: null },
    ]);
  });

  it('tells how a job ended', () => {
    expect(readEnd(flux, canceled)).toEqual({ cause: 'CANCELLED', words: 'CANCELED, exit code 143' });
    expect(readEnd(flux, '{"id": 1, "state": "RUN"}')).toBe('open');
    expect(readEnd(flux, '')).toBe('unknown');
  });
});
