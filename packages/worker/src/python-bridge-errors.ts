import { SkyrocketError } from '@skyrocket/model/errors';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';

/** This worker cannot load what a Python Firetask names. The Firework may well run on another one. */
export class PythonImportError extends SkyrocketError {
  /** `_fw_name` of the Firetask. */
  readonly task: string;
  /** Whether nothing with this task class can be run here, or only this Firework cannot (a job's own function). */
  readonly concerns: 'class' | 'firework';

  constructor(task: string, concerns: PythonImportError['concerns'], sentence: string) {
    super('CANNOT_IMPORT', sentence);
    this.task = task;
    this.concerns = concerns;
  }
}

/** A Python Firetask failed. */
export class PythonTaskError extends SkyrocketError {
  /** What FireWorks stores as `_exception`: `_stacktrace` and `_details`, format §7.2. */
  readonly exception: UserMap;

  constructor(sentence: string, { stacktrace = sentence, details = null }: PythonException = {}) {
    super('TASK_FAILED', sentence);
    this.exception = new Map<string, UserValue>([
      ['_stacktrace', stacktrace],
      ['_details', details],
    ]);
  }
}

/** The process in which it ran is gone. */
export class PythonProcessEndError extends PythonTaskError {}

export interface PythonException {
  /** Default: the sentence, where Python had no say. */
  stacktrace?: string;
  /** The exception's own `to_dict()`. */
  details?: UserValue;
}
