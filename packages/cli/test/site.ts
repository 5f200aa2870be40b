import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

const bin = join(import.meta.dirname, '..', 'bin');

/** How a program ended, and what it printed. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Start {
  /** Given on standard input, which is empty else. */
  input?: string;
  environment?: Record<string, string>;
  /** Somebody who owns nothing here. */
  as?: 'stranger';
}

/** A user with an empty home, who works in an empty directory; the launchpad is the default one. */
export interface Site {
  directory: string;
  home: string;
  /** Runs the real program, as built. */
  lpad(...words: string[]): Promise<Ended>;
  start(start: Start, ...words: string[]): Promise<Ended>;
  /** Starts it and does not wait for its end. */
  begin(...words: string[]): Running;
  /** Runs it on a terminal of so many columns; what it shows, without the terminal's own line ends. */
  onTerminal(terminal: Terminal, ...words: string[]): Promise<Ended>;
  /** Runs it where no file may become longer than so many KiB, as on a disk that is full. */
  withFileLimit(kibibytes: number, ...words: string[]): Promise<Ended>;
  /** Runs it with a reader of its output that has gone. */
  withClosedOutput(...words: string[]): Promise<Ended>;
  /** Writes a file; returns its path. */
  write(name: string, text: string): string;
  /** The file of the default launchpad. */
  database: string;
}

export interface Running {
  /** Resolves as soon as what was logged so far matches; rejects when the program ends before. */
  says(pattern: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

export interface Terminal {
  columns: number;
  /** Each answer is typed when its question is shown. */
  typed?: [question: string, answer: string][];
  environment?: Record<string, string>;
}

const roots: string[] = [];

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

export function newSite(): Site {
  const root = mkdtempSync(join(tmpdir(), 'skyrocket-cli-'));
  // For the stranger: temporary folders are closed.
  chmodSync(root, 0o755);
  roots.push(root);
  const [directory, home] = [join(root, 'work'), join(root, 'home')];
  for (const folder of [directory, home]) mkdirSync(folder);
  const start = (options: Start, ...words: string[]) => run({ directory, home }, options, words);
  return {
    directory,
    home,
    start,
    lpad: (...words) => start({}, ...words),
    begin: (...words) => begin({ directory, home }, words),
    onTerminal: (terminal, ...words) => runOnTerminal({ directory, home }, terminal, words),
    withFileLimit: (kibibytes, ...words) =>
      runInShell({ directory, home }, `ulimit -f ${kibibytes}; exec "$@"`, words),
    // The first program ends with what the second did not read.
    withClosedOutput: (...words) => runInShell({ directory, home }, 'set -o pipefail; "$@" | true', words),
    write(name, text) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    database: join(home, '.local', 'share', 'skyrocket', 'launchpad.db'),
  };
}

type Place = Pick<Site, 'directory' | 'home'>;

function environmentOf({ home }: Place, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, TZ: 'UTC', ...more };
}

function run(place: Place, options: Start, words: string[]): Promise<Ended> {
  const stranger = options.as === 'stranger' && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawn(process.execPath, [join(bin, 'lpad.js'), ...words], {
    cwd: place.directory,
    env: environmentOf(place, options.environment),
    stdio: 'pipe',
    ...stranger,
  });
  // A program that does not read its input may end before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return ended(child);
}

function begin(place: Place, words: string[]): Running {
  const options = { cwd: place.directory, env: environmentOf(place), stdio: 'pipe' } as const;
  const child = spawn(process.execPath, [join(bin, 'lpad.js'), ...words], options);
  const end = ended(child);
  let logged = '';
  return {
    ended: end,
    signal: (signal) => child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        child.stderr.on('data', (chunk: string) => {
          logged += chunk;
          if (pattern.test(logged)) resolve();
        });
        end.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)), reject);
      }),
  };
}

function runInShell(place: Place, script: string, words: string[]): Promise<Ended> {
  const program = [process.execPath, join(bin, 'lpad.js'), ...words];
  const options = { cwd: place.directory, env: environmentOf(place), stdio: 'pipe' } as const;
  return ended(spawn('bash', ['-c', script, 'bash', ...program], options));
}

function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...text }));
  });
}

/** A terminal of Python's: its columns and a list of questions and answers are its first arguments. */
const terminalProgram = `
import fcntl, json, os, pty, struct, sys, termios
columns, typed = int(sys.argv[1]), json.loads(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
shown = b''
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    if typed and typed[0][0].encode() in shown:
        os.write(terminal, typed.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function runOnTerminal(place: Place, terminal: Terminal, words: string[]): Promise<Ended> {
  const environment = environmentOf(place, { TERM: 'xterm', ...terminal.environment });
  const program = [process.execPath, join(bin, 'lpad.js'), ...words];
  const shown = [
    '-c',
    terminalProgram,
    String(terminal.columns),
    JSON.stringify(terminal.typed ?? []),
    ...program,
  ];
  const result = await ended(
    spawn('python3', shown, { cwd: place.directory, env: environment, stdio: 'pipe' }),
  );
  return { ...result, stdout: result.stdout.replaceAll('\r\n', '\n') };
}

/** Moments differ from run to run. */
export const withoutMoments = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(\+00:00)?/g, (_, offset = '') => `<moment${offset}>`)
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d,\d{3})?/g, '<moment>');
