import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { actionToDocument } from '@skyrocket/model/action-document';
import { parseJson } from '@skyrocket/model/lossless-json';
import { builtInTaskNames, defaultNameUpdates } from '@skyrocket/model/task-names';
import { Float } from '@skyrocket/model/user-data';
import { parseYaml } from '@skyrocket/model/yaml';
import { jsFiretask } from '../src/js-firetask.ts';
import { readReturnedAction } from '../src/returned-action.ts';
import { builtInTasks } from '../src/tasks/built-in.ts';
import { startTrial, userMap } from './tasks/task-trial.ts';

const page = await readFile(new URL('../../../docs/firetasks.md', import.meta.url), 'utf8');

const codeBlocks = (language: string) =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(([, named, code = '']) =>
    named === language ? [code] : [],
  );

const section = (title: string) => page.split(/^## /m).find((text) => text.startsWith(title)) ?? '';
const firstColumn = (text: string) => [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);

describe('docs/firetasks.md', () => {
  it('names every Firetask that comes with Skyrocket, and where it runs', () => {
    expect(firstColumn(section('What comes with Skyrocket')).sort()).toEqual([...builtInTasks.keys()].sort());
    const known = [...builtInTaskNames].filter((name) => !defaultNameUpdates.has(name));
    for (const name of known) expect(page).toContain(`\`${name}\``);
    expect([...builtInTasks.keys()].filter((name) => !builtInTaskNames.has(name))).toEqual([]);
  });

  it('tells every key of an action', () => {
    const keys = [...actionToDocument(emptyAction()).keys()];
    expect(firstColumn(section('What an action may say')).sort()).toEqual(keys.sort());
  });

  it('has a JavaScript example that runs', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'skyrocket-page-'));
    const [code = ''] = codeBlocks('js');
    await writeFile(join(directory, 'tasks.mjs'), code);
    const trial = await startTrial();
    const task = jsFiretask({ name: 'js:./tasks.mjs#Square', directory });
    const action = await trial.runTask(task, userMap({ number: 7 }));
    expect(action?.updateSpec).toEqual(new Map([['square', new Float(49)]]));
    await trial.end();
    await rm(directory, { recursive: true });
  });

  it('has an FWAction file that is one', () => {
    const [text = ''] = codeBlocks('json');
    const action = readReturnedAction(parseJson(text), 'the page', 'refused');
    expect(action.updateSpec).toEqual(new Map([['converged', true]]));
  });

  it('has YAML that can be read', () => {
    const blocks = codeBlocks('yaml');
    expect(blocks.map((block) => parseYaml(block)).every((value) => value instanceof Map)).toBe(true);
  });
});
