import { SkyrocketError } from '@skyrocket/model/errors';

/**
 * How tasks start processes: in a process group of their own, from a small helper process, so that starting one stays
 * cheap when the worker is large and so that they end when the worker dies.
 * It rejects (TASK_FAILED) when a command cannot be started, and when its `signal` was aborted before.
 */
export type RunCommand = (command: Command) => Promise<CommandEnd>;

/** Either one line for a shell or a program with its arguments. */
export interface Command {
  run: { shell: string; script: string } | { program: string; args: string[] };
  /** Absolute. */
  cwd: string;
  /** Added to the worker's environment. */
  env?: Record<string, string>;
  /** A file to read, a text to feed, or nothing. Default: nothing (`/dev/null`). */
  stdin?: { file: string } | { text: string };
  /** Files are appended to. Default: shown on the worker's own stream. */
  stdoutFile?: string;
  stderrFile?: string;
  /** Whether the text is wanted in {@link CommandEnd}, at most {@link capturedBytesLimit} bytes of each. */
  capture?: { stdout?: boolean; stderr?: boolean };
  /**
   * Commands of one line are started one after another, each as soon as the one before it is over. Behind one that runs
   * for more than a second the others are turned away: they reject with {@link NotStartedError}. Default: at once.
   */
  line?: number;
  /**
   * When it is aborted the process group gets a signal, a grace, then SIGKILL; the command is over when the group is.
   * The signal is the abort's reason where that is the name of one (`SIGINT`), else SIGTERM.
   */
  signal?: AbortSignal;
}

/** Nothing was done of a command: its task was interrupted before, or it was turned away. */
export class NotStartedError extends SkyrocketError {
  constructor(sentence: string, options?: ErrorOptions) {
    super('TASK_FAILED', sentence, options);
  }
}

/** How a command ended. Exactly one of `exitCode` and `signal` is set. */
export interface CommandEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Whether its end was asked for while it ran; false: it came to its end before it could hear of that. */
  interrupted: boolean;
  stdout: string;
  stderr: string;
  /** A captured stream was longer than the limit; what is beyond was dropped. */
  truncated: boolean;
  /** The last lines of both streams as they came, about 8 KiB, for messages; of files only when the command failed. */
  tail: string;
}

/** Bytes of one stream that `capture` keeps: 64 MiB. */
export const capturedBytesLimit = 64 * 1024 * 1024;
