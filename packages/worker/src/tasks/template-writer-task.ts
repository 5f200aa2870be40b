import { appendFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from '../firetask.ts';
import type { CommandEnd } from '../run-command.ts';
import { flag, optionalText, ownOrGlobal, requiredMap, requiredText, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'TemplateWriterTask';

const builtInTemplates = fileURLToPath(new URL('../../templates', import.meta.url));
const program = fileURLToPath(new URL('../../templates/render.py', import.meta.url));

/** As the program ends when its Python has no Jinja2. */
const cannotImportCode = 3;

/**
 * Writes a file from a Jinja2 template: format §11. Templates are rendered by Jinja2 itself, in the Python of the worker,
 * because no other program renders all of them alike.
 */
export const templateWriterTask: Firetask = async (parameters, context) => {
  const own = ownOrGlobal(task, parameters, context.spec);
  const values = requiredMap(own, 'context');
  const output = placeIn(context.launchDir, requiredText(own, 'output_file'));
  const directory = placeIn(
    context.launchDir,
    optionalText(own, 'template_dir') || context.templateDir || builtInTemplates,
  );
  const template = placeIn(directory, requiredText(own, 'template_file'));
  if (!(await stat(template).catch(() => null))?.isFile())
    throw taskFailed(task, `there is no template file ${template}`);
  const call: UserMap = new Map<string, UserValue>([
    ['template', template],
    ['directory', directory],
    ['context', values],
  ]);
  const text = await render(template, call, context);
  const write = flag(own, 'append', false) ? appendFile : writeFile;
  await write(output, text).catch((error: unknown) => {
    throw taskFailed(task, `${output} cannot be written: ${reasonOf(error)}`, { cause: error });
  });
  return null;
};

async function render(template: string, call: UserMap, context: FiretaskContext): Promise<string> {
  const end = await runPython(call, context);
  if (end.truncated) throw taskFailed(task, `what ${template} gives is longer than 64 MiB`);
  if (end.exitCode === 0) return end.stdout;
  const why = end.stderr.trim() || `Python ended with ${end.exitCode ?? end.signal}`;
  throw end.exitCode === cannotImportCode ? noJinja(why, context) : taskFailed(task, `${template}: ${why}`);
}

async function runPython(call: UserMap, context: FiretaskContext): Promise<CommandEnd> {
  try {
    return await context.run({
      run: { program: context.python, args: ['-X', 'utf8', program] },
      cwd: context.launchDir,
      stdin: { text: stringifyJson(call) },
      capture: { stdout: true, stderr: true },
    });
  } catch (error) {
    context.signal.throwIfAborted();
    throw noJinja(reasonOf(error), context);
  }
}

function noJinja(why: string, { python, fworker }: FiretaskContext): SkyrocketError {
  return new SkyrocketError(
    'CANNOT_IMPORT',
    `module jinja2 cannot be imported by ${python} on ${fworker.name}: ${why}`,
  );
}
