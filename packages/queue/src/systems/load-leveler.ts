import type { BatchSystem, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';

/** IBM LoadLeveler. It lists no names, so that a job cannot be found by its tag. */
export const loadLeveler: BatchSystem = {
  name: 'LoadLeveler',
  script: {
    interpreter: '# @ shell = /bin/bash',
    prefix: '# @',
    directives: [
      'class = $${queue}',
      'account_no = $${account}',
      'job_name = $${job_name}',
      'output = FW_job.out',
      'error = FW_job.error',
      'job_type = $${job_type}',
      'node_usage = $${node_usage}',
      'node = $${nnodes}',
      'tasks_per_node = $${ppnode}',
      'resources = $${resources}',
      'network.MPI = sn_all,not_shared,us',
      'wall_clock_limit = $${walltime}',
      'notification = $${notification}',
    ],
    last: 'queue',
    values: 'line',
    kinds: { nnodes: 'count', ppnode: 'count', walltime: 'walltime' },
  },
  submit: ({ file }) => ({ program: 'llsubmit', words: [file] }),
  readJobId: (output) => firstGroup(/job "([^"]+)" has been submitted/, output),
  list: ({ user }) => ({ program: 'llq', words: ['-u', user] }),
  readList,
  cancel: (jobIds) => ({ program: 'llcancel', words: jobIds }),
  inquiries: [],
  restarts: null,
  jobIdVariable: null,
  jobSystem: null,
  tags: 'not-listed',
  conditions: 'not-taken',
  array: null,
};

/** `host.number.step owner date time state …`, then a line that counts them. */
function readList(output: string): ListedJob[] {
  if (output.includes('There is currently no job status to report')) return [];
  if (!/job step\(s\) in query/.test(output)) throw unreadable('llq', output);
  return linesOf(output).flatMap((line) => {
    const [, id, state] = /^(\S+\.\d+)\.\d+\s+\S+\s+\S+\s+\S+\s+([A-Z]+)\s/.exec(line) ?? [];
    if (id === undefined || state === undefined) return [];
    return [{ id, state: stateOf(state), tag: null }];
  });
}

/** C, CA, RM, RP, TX, V, XP …: over. R, ST, P, CP …: on nodes. */
function stateOf(word: string): ListedJob['state'] {
  if (/^(C|CA|RM|TX|V|X|NR)$/.test(word)) return 'ended';
  return /^(R|ST|P|CP|CK|E|EP|MP|RP|VP|XP)$/.test(word) ? 'running' : 'pending';
}
