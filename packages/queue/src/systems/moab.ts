import type { BatchSystem, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';

/** Moab. `showq` lists no names, so that a job cannot be found by its tag. */
export const moab: BatchSystem = {
  name: 'Moab',
  script: {
    interpreter: '#!/bin/bash',
    prefix: '#MOAB',
    directives: [
      '-l nodes=$${nodes}:ppn=$${ppn}',
      '-l walltime=$${walltime}',
      '-N $${job_name}',
      '-j $${stdout_stderr}',
      '-q $${queue}',
      '-A $${account}',
    ],
    values: 'words',
    kinds: { ppn: 'count', walltime: 'walltime' },
  },
  submit: ({ file }) => ({ program: 'msub', words: [file] }),
  readJobId: (output) => firstGroup(/^\s*((?:[A-Za-z][\w-]*\.)?\d+)\s*$/m, output),
  list: ({ user }) => ({ program: 'showq', words: ['-w', `user=${user}`] }),
  readList,
  cancel: (jobIds) => ({ program: 'mjobctl', words: jobIds.flatMap((id) => ['-c', id]) }),
  inquiries: [],
  restarts: null,
  jobIdVariable: null,
  jobSystem: null,
  tags: 'not-listed',
  conditions: 'not-taken',
  array: null,
};

/** Three tables: active, eligible and blocked jobs. */
function readList(output: string): ListedJob[] {
  if (!/^active jobs-/m.test(output)) throw unreadable('showq', output);
  let state: ListedJob['state'] = 'pending';
  return linesOf(output).flatMap((line) => {
    const table = firstGroup(/^(active|eligible|blocked) jobs-/, line);
    if (table !== null) state = table === 'active' ? 'running' : 'pending';
    const id = firstGroup(/^(\S+)\s+\S+\s+[A-Z][A-Za-z]+\s+\d+\s+[\d:]+\s/, line);
    return id === null ? [] : [{ id, state, tag: null }];
  });
}
