import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * File systems of Linux on which several machines may see the same file, by the magic number that `statfs` gives.
 * SQLite's shared memory and locks do not reach across machines, so a launchpad there would be damaged.
 */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x6e667364, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x01021997, '9P'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0xaad7aaea, 'PanFS'],
  [0x20030528, 'OrangeFS'],
  [0x013111a8, 'IBRIX'],
  [0xbeefdead, 'StorNext'],
  [0xa501fcf5, 'VxFS'],
  [0x564c, 'NCP'],
  [0x61636673, 'ACFS'],
  [0xbacbacbc, 'VMware shared folder'],
  [0x786f4256, 'VirtualBox shared folder'],
  [0x7c7c6673, 'Parallels shared folder'],
]);

const fuseType = 0x65735546;

/** FUSE file systems that keep their files on this machine; any other may not. */
const localFuseTypes: ReadonlySet<string> = new Set([
  'fuseblk',
  'fuse.fuse-overlayfs',
  'fuse.mergerfs',
  'fuse.bindfs',
  'fuse.encfs',
  'fuse.gocryptfs',
  'fuse.ntfs-3g',
]);

const networkTypesOfMacOs: ReadonlySet<string> = new Set(['nfs', 'smbfs', 'afpfs', 'webdav', 'macfuse']);

/** What is known of the file system that holds a folder. */
export interface FileSystem {
  /** `type` of `statfs`. */
  type: number;
  /** The name that the mount table gives it; null where it was not looked up. */
  mountedAs: string | null;
}

/** The name of a network file system, for people; null when the file system is local. */
export function networkFileSystem({ type, mountedAs }: FileSystem): string | null {
  if (mountedAs !== null && networkTypesOfMacOs.has(mountedAs)) return mountedAs;
  if (type === fuseType) return mountedAs && localFuseTypes.has(mountedAs) ? null : (mountedAs ?? 'FUSE');
  return networkTypes.get(type) ?? null;
}

/** The file system that holds a folder. */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const { type } = await statfs(folder);
  if (process.platform === 'darwin') {
    const { stdout } = await promisify(execFile)('/sbin/mount');
    return { type: 0, mountedAs: mountTypeOnMacOs(stdout, folder) };
  }
  if (type !== fuseType) return { type, mountedAs: null };
  return { type, mountedAs: mountTypeOnLinux(await readFile('/proc/self/mountinfo', 'utf8'), folder) };
}

/** Reads `/proc/self/mountinfo`: the fifth field is where it is mounted, the type follows ` - `. */
export function mountTypeOnLinux(mountinfo: string, folder: string): string | null {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [place, source] = line.split(' - ');
    const at = place?.split(' ')[4];
    const type = source?.split(' ')[0];
    if (!at || !type) return [];
    return [
      { at: at.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))), type },
    ];
  });
  return innermost(mounts, folder);
}

/** Reads lines such as `server:/home on /home (nfs, nodev)`. */
export function mountTypeOnMacOs(mount: string, folder: string): string | null {
  const mounts = mount.split('\n').flatMap((line) => {
    const match = / on (.+) \(([^,)]+)/.exec(line);
    return match?.[1] && match[2] ? [{ at: match[1], type: match[2] }] : [];
  });
  return innermost(mounts, folder);
}

function innermost(mounts: { at: string; type: string }[], folder: string): string | null {
  let found: { at: string; type: string } | null = null;
  for (const mount of mounts) {
    const inside = folder === mount.at || folder.startsWith(mount.at === '/' ? '/' : `${mount.at}/`);
    if (inside && (found === null || mount.at.length >= found.at.length)) found = mount;
  }
  return found?.type ?? null;
}
