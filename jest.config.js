import { existsSync, statfsSync } from 'node:fs';

/** Tests that run side by side leave some GiB: databases of mongods, and an action of 256 MiB on its way. */
const bytesWanted = 8 * 1024 ** 3;

/**
 * Where tests make their directories, if TMPDIR does not name a place: in memory, if there is much of it. They make many
 * thousand files and remove them; what a killed process had written is there all the same.
 */
function memoryFolder() {
  const folder = '/dev/shm';
  if (!existsSync(folder)) return null;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > bytesWanted ? folder : null;
}

const folder = memoryFolder();
if (folder !== null) process.env.TMPDIR ??= folder;

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Most tests start programs, on machines that run several at once. What they wait for has limits of its own, which tell more.
  testTimeout: 60_000,
  transform: { '\\.ts$': '<rootDir>/jest-transform.cjs' },
  testEnvironmentOptions: { customExportConditions: ['@skyrocket/source', 'node', 'node-addons'] },
};
