import type { BatchSystem, EndCause, ListedJob } from '../batch-system.ts';
import { firstGroup, linesOf, unreadable } from './lines.ts';
import { localMoment } from './local-moment.ts';
import { tagIn, tagText } from './tags.ts';

/** IBM Spectrum LSF. Tags are in the job's description. */
export const lsf: BatchSystem = {
  name: 'LSF',
  script: {
    interpreter: null,
    prefix: '#BSUB',
    directives: [
      '-n $${ntasks}',
      '-W $${walltime}',
      '-q $${queue}',
      '-J $${job_name}',
      '-o $${job_name}-%J.out',
      '-e $${job_name}-%J.error',
    ],
    values: 'words',
    kinds: { ntasks: 'count', walltime: 'walltime' },
  },
  submit({ text, tag, after = {} }) {
    const conditions = [
      ...(after.jobId === undefined ? [] : ['-w', `ended(${after.jobId})`]),
      ...(after.seconds === undefined ? [] : ['-b', localMoment(after.seconds, ':')]),
    ];
    return { program: 'bsub', words: ['-Jd', tagText(tag), ...conditions], input: text };
  },
  readJobId: (output) => firstGroup(/Job <(\d+)> is submitted/, output),
  list({ user, queue }) {
    const only = queue === null ? [] : ['-q', queue];
    const format = 'jobid stat job_description delimiter="|"';
    return { program: 'bjobs', words: ['-noheader', '-o', format, '-u', user, ...only] };
  },
  readList(output) {
    return linesOf(output)
      .filter((line) => !/^No (unfinished )?job/.test(line))
      .map(readListed);
  },
  cancel: (jobIds) => ({ program: 'bkill', words: jobIds }),
  inquiries: [
    {
      ask: (jobId) => ({
        program: 'bjobs',
        words: ['-a', '-noheader', '-o', 'stat exit_code exit_reason delimiter="|"', jobId],
      }),
      read(output) {
        const [stat, code = '', reason = ''] = (linesOf(output)[0] ?? '').split('|');
        if (stat === undefined || !/^[A-Z]+$/.test(stat)) return 'unknown';
        if (!/^(DONE|EXIT)$/.test(stat)) return 'open';
        const words = [stat, code === '-' ? '' : `exit code ${code}`, reason === '-' ? '' : reason];
        return { cause: causeOf(stat, reason), words: words.filter((word) => word !== '').join(', ') };
      },
    },
  ],
  restarts: null,
  jobIdVariable: 'LSB_JOBID',
  jobSystem: 'lsf',
  tags: 'listed',
  conditions: 'taken',
  array: null,
};

function readListed(line: string): ListedJob {
  const [id, stat, description = ''] = line.split('|');
  if (id === undefined || stat === undefined || !/^\d+/.test(id)) throw unreadable('bjobs', line);
  const state = /^(PEND|PSUSP|WAIT|FWD_PEND)$/.test(stat) ? 'pending' : 'running';
  return { id, state: /^(DONE|EXIT)$/.test(stat) ? 'ended' : state, tag: tagIn(description) };
}

const causes: readonly [string, EndCause][] = [
  ['TERM_RUNLIMIT', 'TIMEOUT'],
  ['TERM_DEADLINE', 'TIMEOUT'],
  ['TERM_MEMLIMIT', 'OUT_OF_MEMORY'],
  ['TERM_SWAP', 'OUT_OF_MEMORY'],
  ['TERM_PREEMPT', 'PREEMPTED'],
  ['TERM_OWNER', 'CANCELLED'],
  ['TERM_FORCE_OWNER', 'CANCELLED'],
  ['TERM_ADMIN', 'CANCELLED'],
  ['TERM_FORCE_ADMIN', 'CANCELLED'],
  ['TERM_ZOMBIE', 'NODE_FAIL'],
];

function causeOf(stat: string, reason: string): EndCause {
  if (stat === 'DONE') return 'COMPLETED';
  return causes.find(([word]) => reason.startsWith(word))?.[1] ?? 'FAILED';
}
