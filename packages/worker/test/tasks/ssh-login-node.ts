import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import ssh2, { type AuthContext, type Connection, type SFTPWrapper } from 'ssh2';

/** An SSH server on 127.0.0.1 with SFTP, for the system's own `sftp` to log in to. */
export interface LoginNode {
  /** What logins begin in. */
  home: string;
  /** The name by which the client's configuration knows it. */
  host: string;
  /** A key that the server accepts; the client's configuration does not name it. */
  key: string;
  /** How often somebody has logged in. */
  logins(): number;
  end(): Promise<void>;
}

/**
 * A folder in front of PATH holds an `sftp` that reads a configuration of the test's own, since OpenSSH finds the user's
 * by the account and not by HOME.
 */
export async function startLoginNode(): Promise<LoginNode> {
  const folder = await mkdtemp(join(tmpdir(), 'skyrocket-ssh-'));
  const home = join(folder, 'home');
  const key = join(folder, 'key');
  mkdirSync(home);
  makeKey(key);
  makeKey(join(folder, 'host'));
  let logins = 0;
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(folder, 'host'))] }, (connection) => {
    accept(connection, { home, publicKey: readFileSync(`${key}.pub`, 'utf8'), onLogin: () => logins++ });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const restorePath = configureClient(folder, address.port);
  return {
    home,
    host: 'login-node',
    key,
    logins: () => logins,
    async end() {
      restorePath();
      await new Promise<void>((closed) => server.close(() => closed()));
      await rm(folder, { recursive: true });
    },
  };
}

function makeKey(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
}

function configureClient(folder: string, port: number): () => void {
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(
    join(folder, 'config'),
    `Host login-node
  HostName 127.0.0.1
  Port ${port}
  UserKnownHostsFile ${folder}/known_hosts
Host stranger
  HostName 127.0.0.1
  Port ${port}
  UserKnownHostsFile /dev/null
Host *
  GlobalKnownHostsFile /dev/null
  IdentityFile none
  IdentityAgent none
`,
  );
  const path = process.env.PATH ?? '';
  const sftp = execFileSync('sh', ['-c', 'command -v sftp'], { encoding: 'utf8' }).trim();
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/sftp'), `#!/bin/sh\nexec ${sftp} -F ${folder}/config "$@"\n`, {
    mode: 0o755,
  });
  process.env.PATH = `${folder}/bin${delimiter}${path}`;
  return () => {
    process.env.PATH = path;
  };
}

interface Accepted {
  home: string;
  publicKey: string;
  onLogin(): void;
}

function accept(connection: Connection, { home, publicKey, onLogin }: Accepted): void {
  const expected = ssh2.utils.parseKey(publicKey);
  connection.on('error', () => {}); // A client that does not trust the host key leaves.
  connection.on('authentication', (attempt) => {
    if (expected instanceof Error || !isAccepted(attempt, expected)) attempt.reject(['publickey']);
    else attempt.accept();
  });
  connection.on('ready', () => {
    onLogin();
    connection.on('session', (acceptSession) => {
      acceptSession().on('sftp', (acceptSftp) => serveFiles(acceptSftp(), home));
    });
  });
}

function isAccepted(attempt: AuthContext, expected: ssh2.ParsedKey): boolean {
  if (attempt.method !== 'publickey' || attempt.username !== 'ada') return false;
  if (!attempt.key.data.equals(expected.getPublicSSH())) return false;
  if (!attempt.signature) return true;
  return expected.verify(attempt.blob ?? Buffer.alloc(0), attempt.signature, attempt.hashAlgo) === true;
}

/** As much of SFTP as copying files there needs. */
function serveFiles(sftp: SFTPWrapper, home: string): void {
  const { STATUS_CODE } = ssh2.utils.sftp;
  const attempt = (id: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      const isAbsent = String(error).includes('ENOENT');
      sftp.status(id, isAbsent ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const done = (id: number) => sftp.status(id, STATUS_CODE.OK);
  const attributes = (path: string) => {
    const { mode, uid, gid, size, atimeMs, mtimeMs } = statSync(resolve(home, path));
    return { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 };
  };
  const tellAttributes = (id: number, path: string) => attempt(id, () => sftp.attrs(id, attributes(path)));
  // The client waits for the server to hang up.
  sftp.on('end', () => sftp.end());
  sftp.on('REALPATH', (id, path) => {
    const filename = resolve(home, path);
    sftp.name(id, [
      { filename, longname: filename, attrs: { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 } },
    ]);
  });
  sftp.on('STAT', tellAttributes);
  sftp.on('LSTAT', tellAttributes);
  sftp.on('SETSTAT', done);
  sftp.on('FSETSTAT', done);
  sftp.on('MKDIR', (id, path) =>
    attempt(id, () => {
      mkdirSync(resolve(home, path));
      done(id);
    }),
  );
  sftp.on('OPEN', (id, path) =>
    attempt(id, () => {
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(openSync(resolve(home, path), 'w'));
      sftp.handle(id, handle);
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    attempt(id, () => {
      writeSync(handle.readUInt32BE(), data, 0, data.length, offset);
      done(id);
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    attempt(id, () => {
      closeSync(handle.readUInt32BE());
      done(id);
    }),
  );
}
