import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { SkyrocketError } from '@skyrocket/model/errors';

/** Whether somebody is there to answer: questions are asked on standard error and answered on standard input. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Asks a person; only where {@link canAsk}. @throws SkyrocketError NOT_ALLOWED when the input ends without an answer */
export function ask(question: string): Promise<string> {
  return answerOf(
    createInterface({ input: process.stdin, output: process.stderr, terminal: true }),
    question,
  );
}

/** As {@link ask}, for passwords: what is typed is not shown. */
export async function askSecretly(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Only now does the terminal show nothing of what is typed: fast fingers would be seen before.
  process.stderr.write(question);
  try {
    return await answerOf(lines, '');
  } finally {
    process.stderr.write('\n');
  }
}

function answerOf(lines: Interface, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // After an answer this says nothing any more.
    lines.on('close', () =>
      reject(new SkyrocketError('NOT_ALLOWED', 'no answer was given; nothing was changed')),
    );
    lines.on('SIGINT', () => {
      lines.close();
      // As if nobody had listened: the process ends as the system ends it.
      process.kill(process.pid, 'SIGINT');
    });
    lines.question(question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}
