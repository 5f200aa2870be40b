import type { BatchSystem, EndCause, JobEnd, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf } from './lines.ts';
import { taggedName, tagInName } from './tags.ts';

/** Flux, which FireWorks does not know. Tags end the job's name. */
export const flux: BatchSystem = {
  name: 'Flux',
  script: {
    interpreter: '#!/bin/bash',
    prefix: '#FLUX:',
    directives: [
      '--nodes=$${nodes}',
      '--nslots=$${ntasks}',
      '--cores-per-slot=$${cpus_per_task}',
      '--gpus-per-slot=$${gpus_per_task}',
      '--time-limit=$${walltime}',
      '--queue=$${queue}',
      '--bank=$${account}',
      '--output=$${job_name}-{{id}}.out',
      '--error=$${job_name}-{{id}}.error',
    ],
    values: 'words',
    kinds: { nodes: 'count', ntasks: 'count', cpus_per_task: 'count', gpus_per_task: 'count' },
  },
  submit: ({ file, tag, jobName }) => ({
    program: 'flux',
    words: ['batch', `--job-name=${taggedName(jobName, tag)}`, file],
  }),
  readJobId: (output) => firstGroup(/^\s*(ƒ\w+|f\w+|\d+)\s*$/m, output),
  list: ({ user, queue }) => ({
    program: 'flux',
    words: [
      'jobs',
      '-n',
      '-u',
      user,
      ...(queue === null ? [] : [`--queue=${queue}`]),
      '-o',
      '{id} {state} {name}',
    ],
  }),
  readList: (output) => linesOf(output).map(readListed),
  cancel: (jobIds) => ({ program: 'flux', words: ['cancel', ...jobIds] }),
  inquiries: [
    { ask: (jobId) => ({ program: 'flux', words: ['jobs', '-a', '--json', jobId] }), read: readEnd },
  ],
  restarts: null,
  jobIdVariable: 'FLUX_JOB_ID',
  jobSystem: null,
  tags: 'listed',
  conditions: 'not-taken',
  array: null,
};

function readListed(line: string): ListedJob {
  const [id = '', state = '', ...name] = line.split(' ');
  const pending = /^(NEW|DEPEND|PRIORITY|SCHED)$/.test(state);
  return {
    id,
    state: state === 'INACTIVE' ? 'ended' : pending ? 'pending' : 'running',
    tag: tagInName(name.join(' ')),
  };
}

const causes: Readonly<Record<string, EndCause>> = {
  COMPLETED: 'COMPLETED',
  CANCELED: 'CANCELLED',
  TIMEOUT: 'TIMEOUT',
};

function readEnd(output: string): JobEnd | 'open' | 'unknown' {
  const state = firstGroup(/"state": ?"(\w+)"/, output);
  if (state === null) return 'unknown';
  if (state !== 'INACTIVE') return 'open';
  const result = firstGroup(/"result": ?"(\w+)"/, output) ?? 'FAILED';
  const code = firstGroup(/"returncode": ?(-?\d+)/, output);
  return {
    cause: causes[result] ?? 'FAILED',
    words: `${result}${code === null ? '' : `, exit code ${code}`}`,
  };
}
