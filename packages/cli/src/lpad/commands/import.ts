import type { Log } from '@skyrocket/contract/log';
import type { Imported, ImportWorkflows } from '@skyrocket/contract/maintenance';
import { oneWord } from '../../command-line/option.ts';
import { printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { inspectExport, readExport } from '../export-file.ts';

const file = oneWord('FILE', 'what lpad export has written');

/** So much of a file is stored at once. */
const batch = { workflows: 100, characters: 4_000_000 };

/** The whole file is read before anything is stored. Doing it again, also after a crash, stores only what is missing. */
export const command: LpadCommand = {
  options: [],
  positionals: [file],
  async run(line, context) {
    const path = line.value(file);
    const { workflows, ...source } = await inspectExport(path);
    const target = await context.launchpad();
    const counts = new Map<Imported['outcome'], number>([
      ['kept', 0],
      ['mapped', 0],
      ['known', 0],
    ]);
    for await (const group of batches(path)) {
      const { results } = await target.importWorkflows({ source, workflows: group });
      for (const result of results) {
        counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
        tellMapping(result, context.log);
      }
    }
    if (context.output !== 'table') await printDocument(new Map(counts), context.output);
    else printText(summary(workflows, counts));
    return 0;
  },
};

async function* batches(path: string): AsyncGenerator<ImportWorkflows['workflows']> {
  let [group, characters]: [ImportWorkflows['workflows'], number] = [[], 0];
  for await (const { workflow, length } of readExport(path)) {
    if (group.length > 0 && (group.length >= batch.workflows || characters + length > batch.characters)) {
      yield group;
      [group, characters] = [[], 0];
    }
    group.push(workflow);
    characters += length;
  }
  if (group.length > 0) yield group;
}

function tellMapping({ outcome, idMap }: Imported, log: Log): void {
  if (outcome !== 'mapped') return;
  log.info(
    `Imported a Workflow with new ids. id_map: {${[...idMap].map((pair) => pair.join(': ')).join(', ')}}`,
  );
}

function summary(workflows: number, counts: ReadonlyMap<Imported['outcome'], number>): string {
  const { kept, mapped, known } = Object.fromEntries(counts);
  return `${workflows} Workflows: ${kept} imported with their ids, ${mapped} with new ids, ${known} were there before\n`;
}
