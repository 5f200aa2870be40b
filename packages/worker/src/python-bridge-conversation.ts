import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import { signalOfAbort } from './process-group.ts';
import { messageFrame, messages } from './python-bridge-frames.ts';
import type { FireworkChannel, Keeper, ProcessEnd } from './python-bridge-keeper.ts';

/** Questions to the process of one Firework and its answers, one at a time. */
export interface Conversation {
  /** The answer, or how the process ended without one. */
  ask(question: string, content: UserMap): Promise<Reply>;
  /** The Firetask that it began to load last, null before the first. */
  lastLoaded(): string | null;
  /** The last that it printed through the worker. */
  tail(): Promise<string>;
  /** Ends the process as a program ends; kills it when that takes longer than `graceSeconds`. */
  close(): Promise<ProcessEnd>;
}

export type Reply = { answer: UserMap } | { end: ProcessEnd };

export interface ConversationOptions {
  signal: AbortSignal;
  graceSeconds: number;
}

/** Largest answer: as much as a captured output. What is larger is no description of what to do next. */
export const answerLimitBytes = 64 * 1024 * 1024;

interface State {
  channel: FireworkChannel;
  ended: Promise<ProcessEnd>;
  onAnswer: ((answer: UserMap) => void) | null;
  lastLoaded: string | null;
  onTail: ((tail: string) => void)[];
}

export function startConversation(keeper: Keeper, options: ConversationOptions): Conversation {
  const state = start(keeper);
  const { channel, ended } = state;
  const onAbort = () => channel.interrupt(signalOfAbort(options.signal));
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  const over = ended.finally(() => options.signal.removeEventListener('abort', onAbort));
  return {
    ask: (question, content) => ask(state, new Map([[question, content]])),
    lastLoaded: () => state.lastLoaded,
    tail: () => tail(state),
    async close() {
      channel.close();
      const late = setTimeout(() => channel.interrupt('SIGKILL'), options.graceSeconds * 1000);
      const end = await over;
      clearTimeout(late);
      return end;
    },
  };
}

function start(keeper: Keeper): State {
  let onEnded: (end: ProcessEnd) => void = () => {};
  const ended = new Promise<ProcessEnd>((resolve) => {
    onEnded = resolve;
  });
  const read = messages(answerLimitBytes, (json) => {
    const answer = parseJson(json);
    if (!isUserMap(answer)) throw new RangeError('an answer is a mapping');
    const loading = answer.get('loading');
    if (typeof loading === 'string') state.lastLoaded = loading;
    else state.onAnswer?.(answer);
  });
  const channel = keeper.startProcess({
    received(bytes) {
      try {
        read(bytes);
      } catch (error) {
        // Only a task that writes to descriptors that are not its own gets here.
        const reason = error instanceof Error ? error.message : String(error);
        onEnded({ how: `sent the worker what is no answer (${reason})`, tail: '' });
        channel.interrupt('SIGKILL');
      }
    },
    tail(text) {
      for (const resolve of state.onTail.splice(0)) resolve(text);
    },
    ended: onEnded,
  });
  const state: State = { channel, ended, onAnswer: null, lastLoaded: null, onTail: [] };
  return state;
}

async function ask(state: State, message: UserMap): Promise<Reply> {
  if (state.onAnswer) throw new SkyrocketError('TASK_FAILED', 'a Python Firework runs one task at a time');
  const answered = new Promise<{ answer: UserMap }>((resolve) => {
    state.onAnswer = (answer) => resolve({ answer });
  });
  state.channel.send(messageFrame(stringifyJson(message)));
  try {
    return await Promise.race([answered, state.ended.then((end) => ({ end }))]);
  } finally {
    state.onAnswer = null;
  }
}

function tail(state: State): Promise<string> {
  const told = new Promise<string>((resolve) => {
    state.onTail.push(resolve);
  });
  state.channel.askTail();
  return Promise.race([told, state.ended.then((end) => end.tail)]);
}
