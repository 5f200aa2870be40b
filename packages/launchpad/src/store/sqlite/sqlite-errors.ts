import { types } from 'node:util';
import { type ErrorCode, SkyrocketError } from '@skyrocket/model/errors';

/** SQLite's primary result codes that somebody can do something about. `FILE` stands for the launchpad's file. */
const explanations: ReadonlyMap<number, [ErrorCode, string]> = new Map([
  [
    5,
    [
      'STORE_UNAVAILABLE',
      'the launchpad FILE is kept busy by another process for too long; try again, and see which process holds it open',
    ],
  ],
  [
    8,
    [
      'STORE_READ_ONLY',
      'the launchpad FILE is read-only for you, so nothing can be changed in it; ask its owner for write permission or name another with file: in my_launchpad.yaml',
    ],
  ],
  [
    10,
    [
      'STORE_UNAVAILABLE',
      "the operating system could not read or write the launchpad FILE, nothing was changed; look at the disk, its quota and the system's log",
    ],
  ],
  [11, ['STORE_UNAVAILABLE', 'the launchpad FILE is damaged; put a backup in its place']],
  [
    13,
    [
      'STORE_FULL',
      'there is no room left for the launchpad FILE, nothing was changed; make room and repeat the command',
    ],
  ],
  [
    14,
    [
      'BAD_FILE',
      'the launchpad FILE cannot be opened; check that you may read and write this file and its folder',
    ],
  ],
  [23, ['BAD_FILE', 'you are not allowed to open the launchpad FILE; ask its owner for permission']],
  [
    26,
    [
      'BAD_FILE',
      'FILE is not a launchpad, since it is no SQLite database; name another file with file: in my_launchpad.yaml',
    ],
  ],
]);

const busy = 5;
const tableLocked = 6;

/** The SkyrocketError that explains a failure of SQLite; anything else is given back as it is. */
export function explainSqliteError(error: unknown, file: string): unknown {
  const code = primaryCode(error);
  const explanation = explanations.get(code === tableLocked ? busy : code);
  if (!explanation) return error;
  return new SkyrocketError(
    explanation[0],
    explanation[1].replace('FILE', () => file),
    { cause: error },
  );
}

/** What a changing operation says on a file that was opened for reading only. */
export function readOnlyError(file: string): SkyrocketError {
  const [code, sentence] = explanations.get(8) ?? ['STORE_READ_ONLY', 'the launchpad FILE is read-only'];
  return new SkyrocketError(
    code,
    sentence.replace('FILE', () => file),
  );
}

/** The low byte of the extended result code; -1 when the error is not SQLite's. */
function primaryCode(error: unknown): number {
  if (!types.isNativeError(error) || !('errcode' in error) || typeof error.errcode !== 'number') return -1;
  return error.errcode & 0xff;
}
