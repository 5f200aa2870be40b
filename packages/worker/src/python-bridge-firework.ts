import { join } from 'node:path';
import { isSystemError } from '@skyrocket/contract/system-error';
import type { FWAction } from '@skyrocket/model/action';
import { type MemberReader, memberMap, memberText, readMembers } from '@skyrocket/model/document-fault';
import { fworkerToDocument } from '@skyrocket/model/launch-document';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { tailOfFile } from './command-output.ts';
import type { FireworkToOpen, PythonBridgeOptions, PythonFirework } from './python-bridge.ts';
import { answerLimitBytes, type Conversation, startConversation } from './python-bridge-conversation.ts';
import { PythonImportError, PythonProcessEndError, PythonTaskError } from './python-bridge-errors.ts';
import type { Keeper, ProcessEnd } from './python-bridge-keeper.ts';
import { runningSpecChange, type SpecKnowledge } from './python-bridge-spec-change.ts';
import { readReturnedAction } from './returned-action.ts';

export interface Opening {
  keeper: Keeper;
  firework: FireworkToOpen;
  options: PythonBridgeOptions;
  /** Where short names of tasks were found: told to each process, and learnt from it. */
  foundModules: Map<string, string>;
}

/** See `PythonBridge.open`. */
export async function openPythonFirework(opening: Opening): Promise<PythonFirework> {
  const { keeper, firework, options } = opening;
  const { problem } = await keeper.ready;
  if (firework.signal.aborted) throw interrupted(opening);
  if (problem !== null) throw cannotImport(opening, { module: 'fireworks', cause: problem });
  const { signal } = firework;
  const conversation = startConversation(keeper, { signal, graceSeconds: options.graceSeconds });
  try {
    await load(opening, conversation);
  } catch (error) {
    await conversation.close();
    throw error;
  }
  let knowledge: SpecKnowledge = { known: new Map(firework.spec), lastUpdate: new Map() };
  return {
    async run(index, runningSpec) {
      const running = { index, change: runningSpecChange(knowledge, runningSpec) };
      knowledge = { known: new Map(runningSpec), lastUpdate: new Map() };
      const action = await runTask(opening, conversation, running);
      if (action) knowledge.lastUpdate = action.updateSpec;
      return action;
    },
    async tail() {
      const files = options.output === 'launch-directory' ? outputFiles(firework) : [];
      const tails = await Promise.all([conversation.tail(), ...files.map(tailOfOutput)]);
      return tails.filter((text) => text !== '').join('\n');
    },
    async close() {
      const { how } = await conversation.close();
      if (how !== null && !signal.aborted)
        options.log.warn(`Firework ${firework.fwId}: after its tasks its Python process ${how}`);
    },
  };
}

async function load(opening: Opening, conversation: Conversation): Promise<void> {
  const { firework, foundModules } = opening;
  const reply = await conversation.ask('open', openDocument(opening));
  if (firework.signal.aborted) throw interrupted(opening);
  if ('end' in reply) {
    const task = conversation.lastLoaded();
    const cause = `the process that imported it ${howItEnded(reply.end)}`;
    throw cannotImport(opening, { ...(task !== null && { task }), cause });
  }
  const reader = readMembers(reply.answer, [], 'BAD_ACTION');
  const missing = reply.answer.get('cannotImport');
  if (isUserMap(missing)) throw cannotImport(opening, readMissing(missing));
  if (reply.answer.has('failed'))
    throw taskFailed(`Firework ${firework.fwId} cannot be loaded`, memberMap(reader, 'failed'));
  for (const [name, module] of memberMap(reader, 'foundModules')) foundModules.set(name, String(module));
}

function openDocument({ firework, options, foundModules }: Opening): UserMap {
  const settings: UserMap = new Map<string, UserValue>([
    ['userPackages', options.python.userPackages],
    ['launchpadFile', options.python.launchpadFile],
    ['nameUpdates', new Map(options.nameUpdates)],
    ['foundModules', new Map(foundModules)],
    ['worker', fworkerToDocument(options.fworker)],
  ]);
  return new Map<string, UserValue>([
    ['fwId', firework.fwId],
    ['launchDir', firework.launchDir],
    ['spec', firework.spec],
    ['pythonTasks', firework.pythonTasks],
    ['environment', new Map(Object.entries(firework.environment))],
    ['output', options.output === 'launch-directory' ? outputFiles(firework) : null],
    ['limit', answerLimitBytes],
    ['settings', settings],
  ]);
}

const outputFiles = ({ launchDir }: FireworkToOpen): string[] => [
  join(launchDir, 'FW_job.out'),
  join(launchDir, 'FW_job.error'),
];

interface TaskRun {
  index: number;
  change: ReturnType<typeof runningSpecChange>;
}

async function runTask(opening: Opening, conversation: Conversation, run: TaskRun): Promise<FWAction | null> {
  const name = taskName(opening.firework, run.index);
  const reply = await conversation.ask('run', runDocument(run));
  if ('end' in reply)
    throw new PythonProcessEndError(
      `${name}: its process ${howItEnded(reply.end)} before the task had returned`,
    );
  if (reply.answer.has('failed'))
    throw taskFailed(name, memberMap(readMembers(reply.answer, [], 'BAD_ACTION'), 'failed'));
  const action = reply.answer.get('action') ?? null;
  return action === null ? null : readReturnedAction(action, name, 'refused');
}

function runDocument({ index, change }: TaskRun): UserMap {
  const spec: UserMap = new Map<string, UserValue>([
    ['adopt', change.adopt],
    ['unset', change.unset],
    ['set', change.set],
  ]);
  return new Map<string, UserValue>([
    ['index', index],
    ['spec', spec],
  ]);
}

function taskName({ spec }: FireworkToOpen, index: number | undefined): string {
  const tasks = spec.get('_tasks');
  const task = Array.isArray(tasks) && index !== undefined ? tasks[index] : tasks;
  return isUserMap(task) ? String(task.get('_fw_name')) : `task ${index}`;
}

const howItEnded = ({ how }: ProcessEnd): string => how ?? 'ended';

/** Nothing of a file that a task has removed. */
async function tailOfOutput(file: string): Promise<string> {
  try {
    return await tailOfFile(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return '';
    throw error;
  }
}

interface Missing {
  module?: string;
  task?: string;
  cause: string;
}

function readMissing(missing: UserMap): Missing {
  const reader = readMembers(missing, [], 'BAD_ACTION');
  const text = (key: 'module' | 'task') => {
    const value = missing.get(key);
    return typeof value === 'string' ? { [key]: value } : {};
  };
  return { ...text('module'), ...text('task'), cause: memberText(reader, 'cause', '') };
}

function cannotImport({ firework, options }: Opening, missing: Missing): PythonImportError {
  const task = missing.task ?? taskName(firework, firework.pythonTasks[0]);
  const module = missing.module === undefined ? `the module of ${task}` : `module ${missing.module}`;
  const who = `${options.python.python} on ${options.fworker.name}`;
  return new PythonImportError(
    task,
    concernOf(missing),
    `${module} cannot be imported by ${who}: ${missing.cause}`,
  );
}

/** A class cannot be loaded without the modules in its own name. */
function concernOf({ task, module }: Missing): PythonImportError['concerns'] {
  if (module === undefined) return 'class';
  return task?.replace(/^\{\{\s*/, '').startsWith(`${module}.`) ? 'class' : 'firework';
}

function taskFailed(subject: string, failed: UserMap): PythonTaskError {
  const reader: MemberReader = readMembers(failed, [], 'BAD_ACTION');
  const during = memberText(reader, 'during', '');
  const prefix = during === 'running' || during === 'opening' ? '' : `${during} failed: `;
  return new PythonTaskError(`${subject}: ${prefix}${memberText(reader, 'summary', '')}`, {
    stacktrace: memberText(reader, 'stacktrace', ''),
    details: failed.get('details') ?? null,
  });
}

function interrupted({ firework }: Opening): PythonTaskError {
  return new PythonTaskError(`Firework ${firework.fwId} was not run: it was interrupted`);
}
