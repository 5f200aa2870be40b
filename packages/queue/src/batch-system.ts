/**
 * What must be known of a batch system, as pure functions: which command to run, and what its output says. `queue.ts` runs
 * the commands. Formats: format §8.
 */
export interface BatchSystem {
  /** For people. */
  name: string;
  script: ScriptForm;
  /** The command that submits a script from the script's directory. */
  submit(job: Submission): Command;
  /** The id in what the command prints; null when there is none. */
  readJobId(output: string): string | null;
  /** Lists the jobs of a user that have not ended. */
  list(whose: { user: string; queue: string | null }): Command;
  /** @throws Error when this is not the output of the command: then nothing is known */
  readList(output: string): ListedJob[];
  cancel(jobIds: string[]): Command;
  /** Ways to learn how a job ended, to be tried in this order. */
  inquiries: readonly Inquiry[];
  /** How often the batch system began a job anew; null: it does not tell. */
  restarts: { ask(jobId: string): Command; read(output: string): number | null } | null;
  /** The variable of a job's environment that holds its id; null: none that is known. */
  jobIdVariable: string | null;
  /** What a worker that finds itself in a job of it calls it (`BatchJob`); null: workers do not know it. */
  jobSystem: string | null;
  /** Whether listings tell tags. Where they do not, a job cannot be found again when its submission was not answered. */
  tags: 'listed' | 'not-listed';
  /** Whether a job can be told to begin after the end of another one, and after so many seconds. */
  conditions: 'taken' | 'not-taken';
  /** Null: each job is submitted by itself. */
  array: JobArray | null;
}

/** A program and its words. No shell reads them. */
export interface Command {
  program: string;
  words: string[];
  /** What it reads on its standard input. */
  input?: string;
}

/** How scripts look: see `job-script.ts`. */
export interface ScriptForm {
  /** The first line; null: none. */
  interpreter: string | null;
  /** What begins a directive. */
  prefix: string;
  /** Directives with their variables, `$${name}`, in this order. One whose variables are not all set is left out. */
  directives: readonly string[];
  /** A directive that must come last. */
  last?: string;
  /** `words`: values with spaces are quoted. `line`: a value goes to the end of the line. */
  values: 'words' | 'line';
  /** The values that are not plain texts, by variable. */
  kinds: Readonly<Record<string, ValueKind>>;
}

/** `count`: an integer above 0. `walltime`: minutes (or seconds), or a time with colons. */
export type ValueKind = 'count' | 'walltime';

export interface Submission {
  /** The script's file name, and what is in it. */
  file: string;
  text: string;
  /** What the job is found again by: letters, digits, `-` and `.`. */
  tag: string;
  /** The name that the job has for people. */
  jobName: string;
  /** How many equal jobs; more than 1 only where there are arrays. */
  count: number;
  /** When it may begin; only where the batch system has `conditions`. */
  after?: { jobId?: string; seconds?: number };
}

export interface ListedJob {
  id: string;
  state: 'pending' | 'running' | 'ended';
  /** Null: not one of ours, or the batch system does not tell. */
  tag: string | null;
}

export interface JobArray {
  /** The number of a job in its array, as the job's shell sees it, and the first such number. */
  index: string;
  first: number;
}

export interface Inquiry {
  ask(jobId: string): Command;
  /** `unknown`: this way tells nothing about the job. `open`: it has not ended. */
  read(output: string): JobEnd | 'open' | 'unknown';
}

/** Why a job ended. */
export interface JobEnd {
  cause: EndCause;
  /** The batch system's own words. */
  words: string;
}

export type EndCause =
  | 'COMPLETED'
  | 'FAILED'
  | 'TIMEOUT'
  | 'OUT_OF_MEMORY'
  | 'NODE_FAIL'
  | 'PREEMPTED'
  | 'CANCELLED';
