import type { Log } from '@skyrocket/contract/log';
import type { IdMap } from '@skyrocket/contract/workflows';
import type { NewWorkflow } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import { bareIfOne, type OutputFormat, printDocument, printText } from '../output/output.ts';
import { idsText } from './tell-decision.ts';

export interface AddedWorkflow {
  workflow: NewWorkflow;
  idMap: IdMap;
}

/** Prints which fw_ids Workflows got, old to new, on standard output; the log says it in FireWorks' words. */
export async function printAdded(added: AddedWorkflow[], output: OutputFormat, log: Log): Promise<void> {
  for (const { idMap } of added) {
    const pairs = [...idMap].map(([old, id]) => `${old}: ${id}`);
    const more = pairs.length - pairsTold;
    const told = pairs.slice(0, pairsTold).join(', ');
    log.info(`Added a workflow. id_map: {${more > 0 ? `${told}, and ${more} more` : told}}`);
  }
  if (output === 'table') {
    const { standardOutputPlace, tableText } = await import('../output/table.ts');
    const rows = added.map(({ workflow, idMap }) => [
      workflow.name,
      String(workflow.fireworks.length),
      idsText([...idMap.values()]),
    ]);
    printText(tableText(columns, rows, standardOutputPlace()));
    return;
  }
  await printDocument(bareIfOne(added.map(({ idMap }) => idMapDocument(idMap))), output);
}

const pairsTold = 20;

const columns = [{ title: 'WORKFLOW', flexible: true as const }, { title: 'FIREWORKS' }, { title: 'FW_IDS' }];

const idMapDocument = (idMap: IdMap): UserMap => new Map([...idMap].map(([old, id]) => [String(old), id]));
