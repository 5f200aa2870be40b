import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  type FileSearch,
  findConfigFile,
  findFWConfigFile,
  fullPath,
  ownDirectory,
} from '../src/config-search.ts';
import { newSurroundings, writeText } from './surroundings.ts';

const nothingNamed: FileSearch = { kind: 'launchpad', named: null, configDirectory: '.', located: null };

describe('my_launchpad.yaml', () => {
  it('is not needed: without any file there is none', () => {
    expect(findConfigFile(nothingNamed, newSurroundings())).toBeNull();
  });

  it('is the file that -l names, before every other', () => {
    const here = newSurroundings();
    writeText(join(here.directory, 'my_launchpad.yaml'), '');
    const named = writeText(join(here.directory, 'other.yaml'), '');
    expect(findConfigFile({ ...nothingNamed, named: 'other.yaml' }, here)).toBe(named);
  });

  it('is sought in the configuration directory, before the place that LAUNCHPAD_LOC gives', () => {
    const here = newSurroundings();
    const inDirectory = writeText(join(here.directory, 'conf', 'my_launchpad.yaml'), '');
    const located = writeText(join(here.directory, 'located.yaml'), '');
    const search = { ...nothingNamed, configDirectory: 'conf', located };
    expect(findConfigFile(search, here)).toBe(inDirectory);
    expect(findConfigFile({ ...search, configDirectory: 'empty' }, here)).toBe(located);
  });

  it('is sought in the current directory and then in ~/.fireworks', () => {
    const here = newSurroundings();
    const search = { ...nothingNamed, configDirectory: 'empty' };
    const inHome = writeText(join(here.home, '.fireworks', 'my_launchpad.yaml'), '');
    expect(findConfigFile(search, here)).toBe(inHome);
    const current = writeText(join(here.directory, 'my_launchpad.yaml'), '');
    expect(findConfigFile(search, here)).toBe(current);
  });

  it('must exist when -l or LAUNCHPAD_LOC names it, and the message says who did', () => {
    const here = newSurroundings();
    expect(() => findConfigFile({ ...nothingNamed, named: 'no.yaml' }, here)).toThrow(
      'no.yaml, named by option -l, does not exist or is no file',
    );
    expect(() => findConfigFile({ ...nothingNamed, located: '~/no.yaml' }, here)).toThrow(
      '~/no.yaml, named by LAUNCHPAD_LOC in FW_config.yaml, does not exist or is no file',
    );
  });
});

describe('my_fworker.yaml', () => {
  it('is found by the same rules, under its own names', () => {
    const here = newSurroundings();
    const search: FileSearch = { ...nothingNamed, kind: 'fworker' };
    const found = writeText(join(here.home, '.fireworks', 'my_fworker.yaml'), '');
    expect(findConfigFile(search, here)).toBe(found);
    expect(() => findConfigFile({ ...search, named: 'no.yaml' }, here)).toThrow('named by option -w');
    expect(() => findConfigFile({ ...search, located: 'no.yaml' }, here)).toThrow('named by FWORKER_LOC');
  });
});

describe('FW_config.yaml', () => {
  it('is the one that FW_CONFIG_FILE names only where neither the current directory nor ~/.fireworks has one', () => {
    const here = newSurroundings({ FW_CONFIG_FILE: 'named.yaml' });
    const named = writeText(join(here.directory, 'named.yaml'), '');
    expect(findFWConfigFile(here)).toBe(named);
    const inHome = writeText(join(here.home, '.fireworks', 'FW_config.yaml'), '');
    expect(findFWConfigFile(here)).toBe(inHome);
    const current = writeText(join(here.directory, 'FW_config.yaml'), '');
    expect(findFWConfigFile(here)).toBe(current);
  });

  it('must exist when FW_CONFIG_FILE names it', () => {
    const here = newSurroundings({ FW_CONFIG_FILE: '/no/FW_config.yaml' });
    expect(() => findFWConfigFile(here)).toThrow(
      '/no/FW_config.yaml, named by environment variable FW_CONFIG_FILE, does not exist or is no file',
    );
  });
});

describe('paths in configuration', () => {
  it('expand ~ and environment variables, and are relative to where they stand', () => {
    const here = newSurroundings({ SCRATCH: '/scratch' });
    expect(fullPath('~/x', here)).toBe(join(here.home, 'x'));
    expect(fullPath('$SCRATCH/x', here)).toBe('/scratch/x');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell, not of JavaScript
    expect(fullPath('${SCRATCH}/x', here)).toBe('/scratch/x');
    expect(fullPath('$UNKNOWN/x', here)).toBe(join(here.directory, '$UNKNOWN/x'));
    expect(fullPath('x', here, '/etc')).toBe('/etc/x');
  });

  it('of our own files follow XDG_DATA_HOME, if it is absolute', () => {
    const home = newSurroundings().home;
    const at = (data?: string) =>
      ownDirectory({ directory: '/', home, environment: { XDG_DATA_HOME: data } });
    expect(at()).toBe(join(home, '.local/share/skyrocket'));
    expect(at('/data')).toBe('/data/skyrocket');
    expect(at('relative')).toBe(join(home, '.local/share/skyrocket'));
  });
});
