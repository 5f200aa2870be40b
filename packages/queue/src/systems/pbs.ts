import type { BatchSystem, EndCause, JobEnd, ListedJob } from '../batch-system.ts';
import { firstGroup } from './lines.ts';
import { localMoment } from './local-moment.ts';

/** PBS Professional, OpenPBS and Torque. Tags are in a variable of the job's environment, which `qstat -f` tells. */
export const pbs: BatchSystem = {
  name: 'PBS',
  script: {
    interpreter: '#!/bin/bash',
    prefix: '#PBS',
    directives: [
      '-l mppwidth=$${mppwidth}',
      '-l nodes=$${nnodes}:ppn=$${ppnode}',
      '-l walltime=$${walltime}',
      '-q $${queue}',
      '-A $${account}',
      '-G $${group_name}',
      '-N $${job_name}',
      '-o FW_job.out',
      '-e FW_job.error',
      '-V $${env}',
      '-M $${email} -m $${notification_options}',
      '-l pmem=$${pmem}',
      '-l filesystems=$${filesystems}',
    ],
    values: 'words',
    kinds: { mppwidth: 'count', ppnode: 'count', walltime: 'walltime' },
  },
  submit({ file, tag, after = {} }) {
    const conditions = [
      ...(after.jobId === undefined ? [] : ['-W', `depend=afterany:${after.jobId}`]),
      ...(after.seconds === undefined ? [] : ['-a', localMoment(after.seconds, '.')]),
    ];
    return { program: 'qsub', words: ['-v', `${variable}=${tag}`, ...conditions, file] };
  },
  readJobId: (output) => firstGroup(/^(\d+(?:\[\])?(?:\.[\w.-]+)?)/m, output),
  // `qstat -u` cuts names off and has no variables; so the ids first, then all about each.
  list({ user, queue }) {
    const script = 'ids=$(qselect -u "$@") && { [ -z "$ids" ] || qstat -f $ids; }';
    return { program: 'sh', words: ['-c', script, 'sh', user, ...(queue === null ? [] : ['-q', queue])] };
  },
  readList: (output) => recordsOf(output).map(readListed),
  cancel: (jobIds) => ({ program: 'qdel', words: jobIds }),
  // Jobs that ended are told with -x by PBS Professional and OpenPBS, for as long as the server keeps its history, and
  // without it by Torque for some minutes.
  inquiries: [inquiry(['-x', '-f']), inquiry(['-f'])],
  restarts: null,
  jobIdVariable: 'PBS_JOBID',
  jobSystem: 'pbs',
  tags: 'listed',
  conditions: 'taken',
  array: null,
};

const variable = 'SKYROCKET_TAG';

/** A job in the long form: its attributes by name. */
interface JobRecord {
  id: string;
  attributes: Map<string, string>;
}

/** Lines that begin with a tab continue the one before. */
function recordsOf(output: string): JobRecord[] {
  const records: JobRecord[] = [];
  for (const line of output.replace(/\n\t/g, '').split('\n')) {
    const id = firstGroup(/^Job Id:\s*(\S+)/, line);
    if (id !== null) records.push({ id, attributes: new Map() });
    const [, name, value] = /^\s+([\w.]+) = (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) records.at(-1)?.attributes.set(name, value);
  }
  return records;
}

function readListed({ id, attributes }: JobRecord): ListedJob {
  const tag = new RegExp(`(?:^|,)${variable}=([\\w.-]+)`).exec(attributes.get('Variable_List') ?? '');
  return { id, state: stateOf(attributes.get('job_state') ?? ''), tag: tag?.[1] ?? null };
}

/** C and F: completed, in Torque and in PBS Professional; X: a part of an array that ended; E: exiting. */
function stateOf(letter: string): ListedJob['state'] {
  if (/^[CFX]$/.test(letter)) return 'ended';
  return /^[REBSU]$/.test(letter) ? 'running' : 'pending';
}

function inquiry(options: string[]) {
  return {
    ask: (jobId: string) => ({ program: 'qstat', words: [...options, jobId] }),
    read(output: string): JobEnd | 'open' | 'unknown' {
      const [job] = recordsOf(output);
      if (!job) return 'unknown';
      if (readListed(job).state !== 'ended') return 'open';
      const own = job.attributes.get('exit_status');
      const status = own ?? job.attributes.get('Exit_status') ?? '?';
      const comment = job.attributes.get('comment');
      return {
        cause: torqueCauses.get(own ?? '') ?? causeOf(Number(status), comment ?? ''),
        words: `exit status ${status}${comment === undefined ? '' : `: ${comment}`}`,
      };
    },
  };
}

/** Torque, which writes `exit_status`, ends what is over its limits with these. */
const torqueCauses: ReadonlyMap<string, EndCause> = new Map([
  ['-10', 'OUT_OF_MEMORY'],
  ['-11', 'TIMEOUT'],
]);

/** Statuses below 0 are those of PBS itself, -29 (walltime) among them; above 256 a signal ended the job: 271 is 256 + SIGTERM. */
function causeOf(status: number, comment: string): EndCause {
  if (status === 0) return 'COMPLETED';
  if (status === -29 || /walltime/i.test(comment)) return 'TIMEOUT';
  if (/\bmem(ory)?\b.*(exceed|limit)/i.test(comment)) return 'OUT_OF_MEMORY';
  if (status === 271 || status === 265) return 'CANCELLED';
  return 'FAILED';
}
