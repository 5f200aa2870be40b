import type { BatchSystem, Command, EndCause, JobEnd, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';
import { tagIn, tagText } from './tags.ts';

/** Tags are in the job's comment. */
export const slurm: BatchSystem = {
  name: 'Slurm',
  script: {
    interpreter: '#!/bin/bash -l',
    prefix: '#SBATCH',
    directives: [
      '--nodes=$${nodes}',
      '--ntasks=$${ntasks}',
      '--ntasks-per-node=$${ntasks_per_node}',
      '--ntasks-per-core=$${ntasks_per_core}',
      '--core-spec=$${core_spec}',
      '--exclude=$${exclude_nodes}',
      '--cpus-per-task=$${cpus_per_task}',
      '--gpus-per-task=$${gpus_per_task}',
      '--gpus-per-node=$${gpus_per_node}',
      '--gres=$${gres}',
      '--gpus=$${gpus}',
      '--gpu-bind=$${gpu_bind}',
      '--qos=$${qos}',
      '--time=$${walltime}',
      '--time-min=$${time_min}',
      '--partition=$${queue}',
      '--account=$${account}',
      '--job-name=$${job_name}',
      '--license=$${license}',
      '--output=$${job_name}-%j.out',
      '--error=$${job_name}-%j.error',
      '--constraint=$${constraint}',
      '--signal=$${signal}',
      '--mem=$${mem}',
      '--mem-per-cpu=$${mem_per_cpu}',
      '--mail-type=$${mail_type}',
      '--mail-user=$${mail_user}',
      '--image=$${image}',
      '--volume=$${volume}',
    ],
    values: 'words',
    kinds: {
      ntasks: 'count',
      ntasks_per_node: 'count',
      ntasks_per_core: 'count',
      core_spec: 'count',
      cpus_per_task: 'count',
      walltime: 'walltime',
      time_min: 'walltime',
    },
  },
  submit({ file, tag, count, after = {} }) {
    const conditions = [
      ...(after.jobId === undefined ? [] : [`--dependency=afterany:${after.jobId}`]),
      ...(after.seconds === undefined ? [] : [`--begin=now+${after.seconds}`]),
    ];
    const array = count > 1 ? [`--array=0-${count - 1}`] : [];
    return { program: 'sbatch', words: [`--comment=${tagText(tag)}`, ...conditions, ...array, file] };
  },
  readJobId: (output) => firstGroup(/Submitted batch job (\d+)/, output),
  // Each job of an array by itself; those that ended are told for some minutes more.
  list({ user, queue }) {
    const partition = queue === null ? [] : ['-p', queue];
    return {
      program: 'squeue',
      words: ['-h', '-r', '-t', 'all', '-o', '%i|%T|%k', '-u', user, ...partition],
    };
  },
  readList: (output) => linesOf(output).map(readListed),
  cancel: (jobIds) => ({ program: 'scancel', words: jobIds }),
  inquiries: [
    {
      ask: showJob,
      read(output) {
        const state = firstGroup(/\bJobState=(\S+)/, output);
        if (state === null) return 'unknown';
        const reason = firstGroup(/\bReason=(\S+)/, output) ?? 'None';
        const exit = firstGroup(/\bExitCode=(\S+)/, output) ?? '';
        return endOf(state, `${state}${reason === 'None' ? '' : ` (${reason})`}, exit code ${exit}`);
      },
    },
    // The accounts, and where a site keeps none, the list of completed jobs.
    accounts([]),
    accounts(['-c']),
  ],
  restarts: {
    ask: showJob,
    read(output) {
      const restarts = firstGroup(/\bRestarts=(\d+)/, output);
      return restarts === null ? null : Number(restarts);
    },
  },
  jobIdVariable: 'SLURM_JOB_ID',
  jobSystem: 'slurm',
  tags: 'listed',
  conditions: 'taken',
  array: { index: 'SLURM_ARRAY_TASK_ID', first: 0 },
};

function showJob(jobId: string): Command {
  return { program: 'scontrol', words: ['-o', 'show', 'job', jobId] };
}

function accounts(options: string[]) {
  return {
    ask: (jobId: string) => ({
      program: 'sacct',
      words: [
        ...options,
        '-n',
        '-P',
        ...(options.length === 0 ? ['-X'] : []),
        '-j',
        jobId,
        '-o',
        'State,ExitCode',
      ],
    }),
    read(output: string): JobEnd | 'open' | 'unknown' {
      // Of a job that was requeued the list of completed jobs has a line for each time that it ran.
      const [state, exit] = (linesOf(output).at(-1) ?? '').split('|');
      if (!state || !/^[A-Z_]+/.test(state)) return 'unknown';
      return endOf(state.split(' ')[0] ?? state, `${state}, exit code ${exit ?? '?'}`);
    },
  };
}

function readListed(line: string): ListedJob {
  const [id, state, ...comment] = line.split('|');
  if (id === undefined || state === undefined || !/^\d+(_\d+)?$/.test(id)) throw unreadable('squeue', line);
  return { id, state: stateOf(state), tag: tagIn(comment.join('|')) };
}

/** A job that is requeued or held is still to come; one that is COMPLETING runs no command any more. */
const waiting: ReadonlySet<string> = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
]);
const underWay: ReadonlySet<string> = new Set([
  'RUNNING',
  'CONFIGURING',
  'RESIZING',
  'SIGNALING',
  'STAGE_OUT',
  'STOPPED',
  'SUSPENDED',
]);

function stateOf(word: string): ListedJob['state'] {
  if (waiting.has(word)) return 'pending';
  return underWay.has(word) ? 'running' : 'ended';
}

const causes: Readonly<Record<string, EndCause>> = {
  COMPLETED: 'COMPLETED',
  TIMEOUT: 'TIMEOUT',
  DEADLINE: 'TIMEOUT',
  OUT_OF_MEMORY: 'OUT_OF_MEMORY',
  NODE_FAIL: 'NODE_FAIL',
  BOOT_FAIL: 'NODE_FAIL',
  PREEMPTED: 'PREEMPTED',
  CANCELLED: 'CANCELLED',
  REVOKED: 'CANCELLED',
};

function endOf(state: string, words: string): JobEnd | 'open' {
  if (stateOf(state) !== 'ended' || state === 'COMPLETING') return 'open';
  return { cause: causes[state] ?? 'FAILED', words };
}
