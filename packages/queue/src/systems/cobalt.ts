import type { BatchSystem, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';
import { taggedName, tagInName } from './tags.ts';

/** Cobalt, of Argonne. Tags end the job's name; how a job ended is not kept. */
export const cobalt: BatchSystem = {
  name: 'Cobalt',
  script: {
    interpreter: '#!/bin/bash',
    prefix: '#COBALT',
    directives: [
      '-n $${nnodes}',
      '-t $${walltime}',
      '-q $${queue}',
      '-A $${account}',
      '--jobname $${job_name}',
      '-o FW_job.out',
      '-e FW_job.error',
    ],
    values: 'words',
    kinds: { nnodes: 'count', walltime: 'walltime' },
  },
  submit: ({ file, tag, jobName }) => ({
    // Cobalt runs the file itself, so that it must be executable.
    program: 'sh',
    words: ['-c', 'chmod 750 "$0" && exec qsub --jobname "$1" "$0"', file, taggedName(jobName, tag)],
  }),
  readJobId: (output) => firstGroup(/^\s*(\d+)\s*$/m, output),
  list: ({ user, queue }) => ({
    program: 'qstat',
    words: ['--header', 'JobId:State:Queue:Jobname', '-u', user, ...(queue === null ? [] : [queue])],
  }),
  readList(output) {
    const lines = linesOf(output).filter((line) => !/^=+/.test(line));
    const header = lines.shift();
    if (header !== undefined && !/^JobI[dD]\s/.test(header)) throw unreadable('qstat', output);
    return lines.map(readListed);
  },
  cancel: (jobIds) => ({ program: 'qdel', words: jobIds }),
  inquiries: [],
  restarts: null,
  jobIdVariable: 'COBALT_JOBID',
  jobSystem: null,
  tags: 'listed',
  conditions: 'not-taken',
  array: null,
};

function readListed(line: string): ListedJob {
  const [id = '', state = '', , name = ''] = line.split(/\s+/);
  const pending = /^(queued|user_hold|admin_hold|dep_hold|hold)/.test(state);
  return { id, state: pending ? 'pending' : 'running', tag: tagInName(name) };
}
