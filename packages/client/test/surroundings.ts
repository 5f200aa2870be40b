import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { Surroundings } from '../src/config-search.ts';

const roots: string[] = [];

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** A user's home and current directory, both empty, in a folder that is removed after the tests. */
export function newSurroundings(environment: Surroundings['environment'] = {}): Surroundings {
  const root = mkdtempSync(join(tmpdir(), 'skyrocket-client-'));
  roots.push(root);
  const surroundings = { directory: join(root, 'work'), home: join(root, 'home'), environment };
  mkdirSync(surroundings.directory);
  mkdirSync(surroundings.home);
  return surroundings;
}

/** Writes a file and the folders above it; returns its path. */
export function writeText(path: string, text: string, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
}
