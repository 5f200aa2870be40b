import { setTimeout as wait } from 'node:timers/promises';
import { reasonOf } from '@skyrocket/contract/system-error';
import { isUserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from '../firetask.ts';
import { type Copying, copyContent, copyTree, copyWithMode, copyWithTimes, move } from './copying.ts';
import {
  flag,
  optionalInteger,
  optionalText,
  requiredList,
  requiredText,
  type TaskParameters,
  taskFailed,
  wrongKind,
} from './parameters.ts';
import { expandPath, placeIn } from './places.ts';
import { sendFiles } from './sftp.ts';

const task = 'FileTransferTask';

const localModes: ReadonlyMap<string, (copying: Copying) => Promise<void>> = new Map([
  ['move', move],
  ['mv', move],
  ['copy', copyWithMode],
  ['cp', copyWithMode],
  ['copy2', copyWithTimes],
  ['copytree', copyTree],
  ['copyfile', copyContent],
]);

/** Moves and copies files here, or copies them to another host by SFTP: format §11. */
export const fileTransferTask: Firetask = async (parameters, context) => {
  const own = { task, map: parameters };
  const mode = requiredText(own, 'mode');
  const retrying = readRetrying(own);
  if (mode === 'rtransfer') {
    await sendAll(own, context, retrying);
    return null;
  }
  const transfer = localModes.get(mode);
  if (!transfer) throw unknownMode(mode);
  for (const { source, target } of readTransfers(own, context))
    await tryTransfer({ mode, source, target }, context, {
      ...retrying,
      attempt: () => transfer({ source, target, signal: context.signal }),
    });
  return null;
};

function unknownMode(mode: string) {
  const modes = [...localModes.keys(), 'rtransfer'].join(', ');
  return taskFailed(task, `there is no mode "${mode}"; there are ${modes}`);
}

interface Retrying {
  retries: number;
  delaySeconds: number;
  ignoresErrors: boolean;
}

function readRetrying(parameters: TaskParameters): Retrying {
  return {
    retries: optionalInteger(parameters, 'max_retry') ?? 0,
    delaySeconds: optionalInteger(parameters, 'retry_delay') ?? 10,
    ignoresErrors: flag(parameters, 'ignore_errors', false),
  };
}

interface Transfer {
  source: string;
  target: string;
}

function readTransfers(parameters: TaskParameters, { launchDir }: FiretaskContext): Transfer[] {
  const place = (path: string) => placeIn(launchDir, interpreted(parameters, path));
  return requiredList(parameters, 'files').map((file, i) => ({
    source: place(sourceOf(parameters, file, i)),
    target: place(
      (isUserMap(file) ? optionalText({ task, map: file }, 'dest') : undefined) ??
        requiredText(parameters, 'dest'),
    ),
  }));
}

function interpreted(parameters: TaskParameters, path: string): string {
  return flag(parameters, 'shell_interpret', true) ? expandPath(path) : path;
}

function sourceOf(parameters: TaskParameters, file: UserValue, index: number): string {
  if (typeof file === 'string') return file;
  if (isUserMap(file)) return requiredText({ task, map: file }, 'src');
  throw wrongKind(parameters, `files[${index}]`, 'a text or a mapping with "src" and "dest"', file);
}

interface Attempts extends Retrying {
  attempt(): Promise<void>;
}

async function tryTransfer(
  { mode, source, target }: Transfer & { mode: string },
  context: FiretaskContext,
  { retries, delaySeconds, ignoresErrors, attempt }: Attempts,
): Promise<void> {
  for (let failures = 0; ; ) {
    try {
      await attempt();
      return;
    } catch (error) {
      context.signal.throwIfAborted();
      const sentence = `${mode} from ${source} to ${target} failed: ${reasonOf(error)}`;
      if (++failures <= retries) {
        context.print(`${task}: ${sentence}; trying again in ${delaySeconds} s\n`);
        await wait(delaySeconds * 1000, undefined, { signal: context.signal });
      } else if (ignoresErrors) {
        context.print(`${task}: ${sentence}\n`);
        return;
      } else {
        throw taskFailed(task, sentence, { cause: error });
      }
    }
  }
}

/** One connection carries all files, so that is what is tried again. */
async function sendAll(
  parameters: TaskParameters,
  context: FiretaskContext,
  retrying: Retrying,
): Promise<void> {
  const directory = requiredText(parameters, 'dest');
  const server = requiredText(parameters, 'server');
  const key = optionalText(parameters, 'key_filename');
  const sending = {
    server,
    user: optionalText(parameters, 'user'),
    keyFile: key === undefined ? undefined : placeIn(context.launchDir, interpreted(parameters, key)),
    directory,
    sources: requiredList(parameters, 'files').map((file, i) =>
      placeIn(context.launchDir, interpreted(parameters, sourceOf(parameters, file, i))),
    ),
  };
  let attempts = 0;
  await tryTransfer({ mode: 'rtransfer', source: 'here', target: `${server}:${directory}` }, context, {
    ...retrying,
    // A host that cannot be reached is no error of a file.
    ignoresErrors: false,
    attempt: () => {
      const isLast = ++attempts > retrying.retries;
      const onError = isLast && retrying.ignoresErrors ? 'go on' : 'stop';
      return sendFiles({ ...sending, onError }, context);
    },
  });
}
