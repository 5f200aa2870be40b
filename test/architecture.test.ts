import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Packages that each package declares, as its package.json says. */
function declared(name: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'));
  return Object.keys(dependencies);
}

/** Packages of the house that its sources import from, be it only types. */
function imported(name: string): string[] {
  const folder = `packages/${name}/src`;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const names = sources.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return [...text.matchAll(/(?:from|import\()\s*'(@skyrocket\/\w+)\//g)].map(([, found = '']) => found);
  });
  return [...new Set(names)];
}

/** Packages that its tsconfig.json refers to, which the compiler builds first. */
function referred(name: string): string[] {
  const { references = [] } = JSON.parse(readFileSync(`packages/${name}/tsconfig.json`, 'utf8'));
  return references.map(({ path }: { path: string }) => path.replace('../', '@skyrocket/'));
}

describe('The packages of the house', () => {
  const packages = readdirSync('packages');

  it.each(packages)('%s imports only packages that it declares, types included', (name) => {
    const others = imported(name).filter((other) => other !== `@skyrocket/${name}`);
    expect(declared(name)).toEqual(expect.arrayContaining(others));
  });

  it.each(packages)('%s is built after what it declares', (name) => {
    const house = declared(name).filter((other) => other.startsWith('@skyrocket/'));
    expect(referred(name).sort()).toEqual(house.sort());
  });
});
