import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { mountTypeOnLinux, mountTypeOnMacOs } from '@skyrocket/launchpad/store/sqlite/network-file-systems';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

describe('the place of a launchpad', () => {
  const onFileSystem = async (fileSystem: { type: number; mountedAs: string | null }) => {
    const file = join(await newFolder(), 'launchpad.db');
    const place = await prepareDatabasePlace(file, async () => fileSystem).catch((error) => error);
    const made = await stat(file).then(
      () => true,
      () => false,
    );
    return { place, made };
  };

  it.each([
    ['NFS', 0x6969, null],
    ['Lustre', 0x0bd00bd0, null],
    ['GPFS', 0x47504653, null],
    ['BeeGFS', 0x19830326, null],
    ['SMB', 0x517b, null],
    ['fuse.sshfs', 0x65735546, 'fuse.sshfs'],
    ['FUSE', 0x65735546, null],
    ['nfs', 0, 'nfs'],
  ])(
    'is not on a network file system (%s): the alternatives are named, and nothing is made',
    async (name, type, mountedAs) => {
      const { place, made } = await onFileSystem({ type, mountedAs });
      expect(place).toMatchObject({ code: 'BAD_CONFIGURATION', exitCode: 2 });
      for (const part of [name, 'file:', 'host:', 'url:']) expect(place.message).toContain(part);
      expect(made).toBe(false);
    },
  );

  it.each([
    ['ext4', 0xef53, null],
    ['a local FUSE file system', 0x65735546, 'fuseblk'],
    ['an unknown one', 0x12345678, null],
  ])('may be on any other (%s)', async (_, type, mountedAs) => {
    const { place, made } = await onFileSystem({ type, mountedAs });
    expect(place).toMatchObject({ access: 'write' });
    expect(made).toBe(true);
  });
});

describe('what a mount table says of a folder', () => {
  const mountinfo = [
    '22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw',
    '40 22 0:40 / /home rw shared:2 - nfs4 server:/home rw',
    '41 40 0:41 / /home/ada/my\\040disk rw shared:3 - fuse.sshfs host:/ rw',
  ].join('\n');

  it('is the type of the innermost mount', () => {
    expect(mountTypeOnLinux(mountinfo, '/var/lib')).toBe('ext4');
    expect(mountTypeOnLinux(mountinfo, '/home/ada')).toBe('nfs4');
    expect(mountTypeOnLinux(mountinfo, '/home/ada/my disk/deep')).toBe('fuse.sshfs');
    expect(mountTypeOnLinux(mountinfo, '/homestead')).toBe('ext4');
    expect(mountTypeOnLinux('', '/anywhere')).toBeNull();
  });

  it('is read on macOS too', () => {
    const mount = '/dev/disk3s1 on / (apfs, local)\nserver:/home on /Users/ada (nfs, nodev)\n';
    expect(mountTypeOnMacOs(mount, '/Users/ada/x')).toBe('nfs');
    expect(mountTypeOnMacOs(mount, '/tmp')).toBe('apfs');
  });
});
