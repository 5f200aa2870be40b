import type { BatchSystem, EndCause, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';
import { localMoment } from './local-moment.ts';
import { tagIn, tagText } from './tags.ts';

/** Tags are in the job's context, which `qstat -j` tells. */
export const gridEngine: BatchSystem = {
  name: 'Grid Engine',
  script: {
    interpreter: '#!/bin/bash',
    prefix: '#$',
    directives: ['-q $${queue}', '-A $${account}', '-N $${job_name}', '-o FW_job.out', '-e FW_job.error'],
    values: 'words',
    kinds: {},
  },
  submit({ file, tag, count, after = {} }) {
    const conditions = [
      ...(after.jobId === undefined ? [] : ['-hold_jid', after.jobId]),
      ...(after.seconds === undefined ? [] : ['-a', localMoment(after.seconds, '.')]),
    ];
    // Parts of an array would write into one file.
    const outputs = ['-o', 'FW_job.$TASK_ID.out', '-e', 'FW_job.$TASK_ID.error'];
    const array = count > 1 ? ['-t', `1-${count}`, ...outputs] : [];
    return { program: 'qsub', words: ['-cwd', '-ac', `tag=${tagText(tag)}`, ...conditions, ...array, file] };
  },
  // "Your job 12 (…) has been submitted", "Your job-array 12.1-8:1 (…) has been submitted"
  readJobId: (output) => firstGroup(/Your job(?:-array)? (\d+)/, output) ?? firstGroup(/^(\d+)\s*$/m, output),
  // One listing has the states, the other the tags: both are read from one output.
  list({ user, queue }) {
    const only = queue === null ? '' : ' -q "$1"';
    const script = `qstat -u "$0"${only} && echo '${divider}' && { qstat -j '*' 2>&1 || true; }`;
    return { program: 'sh', words: ['-c', script, user, ...(queue === null ? [] : [queue])] };
  },
  readList,
  cancel: (jobIds) => ({ program: 'qdel', words: jobIds }),
  inquiries: [
    {
      ask: (jobId) => ({ program: 'qacct', words: ['-j', jobId] }),
      read(output) {
        // Of a job that was rescheduled there is a record for each time that it ran: the last one tells, unless it will run again.
        const last = output.slice(output.lastIndexOf('====='));
        const failed = firstGroup(/^failed\s+(.*?)\s*$/m, last);
        const exit = firstGroup(/^exit_status\s+(\d+)/m, last);
        if (failed === null || exit === null || Number.parseInt(failed, 10) === rescheduled) return 'unknown';
        const words = `failed ${failed}, exit status ${exit}`;
        return { cause: causeOf(Number.parseInt(failed, 10), Number(exit)), words };
      },
    },
  ],
  restarts: null,
  jobIdVariable: 'JOB_ID',
  jobSystem: 'gridengine',
  tags: 'listed',
  conditions: 'taken',
  array: { index: 'SGE_TASK_ID', first: 1 },
};

const divider = '=== details ===';

function readList(output: string): ListedJob[] {
  const [list, details] = output.split(divider);
  if (list === undefined || details === undefined) throw unreadable('qstat', output);
  const tags = tagsOf(details);
  const rows = linesOf(list).filter((line) => /^\d+\s/.test(line));
  return rows.flatMap((line) => {
    const [id = '', , , , state = '', , , ...place] = line.split(/\s+/);
    const job = { state: /[rtsST]/.test(state) ? 'running' : 'pending', tag: tags.get(id) ?? null } as const;
    const [, tasks] = place[0]?.includes('@') ? place.slice(1) : place;
    return tasks === undefined
      ? [{ id, ...job }]
      : tasksIn(tasks).map((task) => ({ id: `${id}.${task}`, ...job }));
  });
}

/** The last column of an array: `3`, `1,4` or `2-8:1`. */
function tasksIn(column: string): number[] {
  return column.split(',').flatMap((part) => {
    const [, first = part, last = first, step = '1'] = /^(\d+)-(\d+):(\d+)$/.exec(part) ?? [];
    const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1;
    return Array.from({ length: count }, (_, index) => Number(first) + index * Number(step));
  });
}

/** `job_number:` begins the details of a job, `context:` has what was told with `-ac`. */
function tagsOf(details: string): Map<string, string> {
  const tags = new Map<string, string>();
  let id = '';
  for (const line of linesOf(details)) {
    id = firstGroup(/^job_number:\s+(\d+)/, line) ?? id;
    const tag = line.startsWith('context:') ? tagIn(line) : null;
    if (tag !== null) tags.set(id, tag);
  }
  return tags;
}

const rescheduled = 25;

/** 37: a limit of the queue or the job was enforced. 100: ended by a signal, as by qdel. */
function causeOf(failed: number, exitStatus: number): EndCause {
  if (failed === 0) return exitStatus === 0 ? 'COMPLETED' : 'FAILED';
  if (failed === 37) return 'TIMEOUT';
  return failed === 100 ? 'CANCELLED' : 'FAILED';
}
