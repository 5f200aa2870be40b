import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Float } from '@skyrocket/model/user-data';
import { templateWriterTask } from '../../src/tasks/template-writer-task.ts';
import { startTrial, type Trial, userMap } from './task-trial.ts';

let python: string;
beforeAll(() => {
  const script = new URL('../../../../scripts/python-env', import.meta.url).pathname;
  python = join(execFileSync(script, ['fireworks'], { encoding: 'utf8' }).trim(), 'bin/python');
}, 600_000);

let trial: Trial;
beforeEach(async () => {
  trial = await startTrial({ python });
});
afterEach(() => trial.end());

const render = async (template: string, context: object, rest: object = {}) => {
  await trial.write('t.txt', template);
  const parameters = { template_file: 't.txt', template_dir: '.', output_file: 'out.txt', context, ...rest };
  await trial.run('TemplateWriterTask', parameters);
  return trial.read('out.txt');
};

describe('a TemplateWriterTask', () => {
  it('writes what Jinja2 makes of a template', async () => {
    const template = '{% for k, v in m.items() %}{{ k }}={{ "%.2f" % v }};{% endfor %}{{ name|upper }}\n';
    expect(await render(template, { m: { a: 1, b: 2.345 }, name: 'é' })).toBe('a=1.00;b=2.35;É');
  });

  it('escapes HTML, as FireWorks does', async () => {
    expect(await render('{{ x }} {{ x|safe }}', { x: '<a & b>' })).toBe('&lt;a &amp; b&gt; <a & b>');
  });

  it('keeps floats and large integers as Python writes them', async () => {
    await trial.write('t.txt', '{{ a }} {{ b }} {{ c }} {{ d }}');
    const parameters = userMap({
      template_file: 't.txt',
      template_dir: trial.launchDir,
      output_file: 'out.txt',
      context: { a: new Float(1), b: 2n ** 70n, c: null, d: true },
    });
    await trial.runTask(templateWriterTask, parameters);
    expect(await trial.read('out.txt')).toBe('1.0 1180591620717411303424 None True');
  });

  it('writes over an older file, and appends with append', async () => {
    await trial.write('out.txt', 'something older\n');
    expect(await render('a{{ x }}', { x: 1 })).toBe('a1');
    expect(await render('b{{ x }}', { x: 2 }, { append: true })).toBe('a1b2');
  });

  it('finds templates that include others in the same folder', async () => {
    await trial.write('part.txt', 'part {{ x }}');
    expect(await render('{% include "part.txt" %}!', { x: 1 })).toBe('part 1!');
  });

  it('looks into TEMPLATE_DIR, unless template_dir says otherwise', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skyrocket-templates-'));
    await writeFile(join(folder, 'site.txt'), 'site {{ x }}');
    const own = await startTrial({ python, templateDir: folder });
    await own.run('TemplateWriterTask', { template_file: 'site.txt', output_file: 'o', context: { x: 1 } });
    expect(await own.read('o')).toBe('site 1');
    await own.end();
    await rm(folder, { recursive: true });
  });

  it.each(['simple_template.txt', 'advanced_template.txt'])('has a built-in %s', async (template_file) => {
    const context = { opt1: 'first', opt2: 'second', optparam: 'third', param_list: ['p', 'q'] };
    await trial.run('TemplateWriterTask', { template_file, output_file: 'out.txt', context });
    const text = await trial.read('out.txt');
    const shown =
      template_file === 'simple_template.txt' ? ['first', 'second'] : ['first', 'second', 'third', 'p', 'q'];
    for (const word of shown) expect(text).toContain(word);
  });

  it('takes its parameters from the spec with use_global_spec', async () => {
    await trial.write('t.txt', '{{ x }}');
    const spec = { template_file: 't.txt', template_dir: '.', output_file: 'out.txt', context: { x: 5 } };
    await trial.run('TemplateWriterTask', { use_global_spec: true }, spec);
    expect(await trial.read('out.txt')).toBe('5');
  });
});

describe('a TemplateWriterTask that cannot do its work', () => {
  it.each([
    ['{{ x', /t\.txt: line 1: TemplateSyntaxError: /],
    ['\n\n{% for %}', /t\.txt: line 3: TemplateSyntaxError: /],
    ['\n{{ 1 // zero }}', /t\.txt: line 2: ZeroDivisionError: /],
    ['{% include "absent.txt" %}', /t\.txt: line 1: TemplateNotFound: .*absent\.txt/],
  ])('names the line of %j', async (template, sentence) => {
    await expect(render(template, { zero: 0 })).rejects.toThrow(sentence);
    await expect(trial.read('out.txt')).rejects.toThrow('ENOENT');
  });

  it('names the template that is not there', async () => {
    const parameters = { template_file: 'absent.txt', template_dir: '.', output_file: 'o', context: {} };
    await expect(trial.run('TemplateWriterTask', parameters)).rejects.toThrow(
      `TemplateWriterTask: there is no template file ${join(trial.launchDir, 'absent.txt')}`,
    );
  });

  it('says that the worker has no Python, or that this has no Jinja2, which is no fault of the Firework', async () => {
    const bare = await trial.write('bare-python', `#!/bin/sh\nexec "${python}" -S "$@"\n`, 0o755);
    for (const [program, reason] of [
      [bare, "No module named 'jinja2'"],
      ['/no/python', '/no/python cannot be started'],
    ]) {
      const own = await startTrial({ python: String(program) });
      const parameters = { template_file: 'simple_template.txt', output_file: 'o', context: {} };
      await expect(own.run('TemplateWriterTask', parameters)).rejects.toMatchObject({
        code: 'CANNOT_IMPORT',
        message: expect.stringContaining(`module jinja2 cannot be imported by ${program} on w1: ${reason}`),
      });
      await own.end();
    }
  });

  it.each([
    [{}, 'the parameter "context" is missing'],
    [{ context: {}, template_file: 'a' }, 'the parameter "output_file" is missing'],
    [{ context: [], template_file: 'a', output_file: 'b' }, '"context" must be a mapping, not a list'],
  ])('refuses %j', async (parameters, sentence) => {
    await expect(trial.run('TemplateWriterTask', parameters)).rejects.toThrow(
      `TemplateWriterTask: ${sentence}`,
    );
  });
});
