import { launchFromDocument, launchToDocument } from './launch-document.ts';
import type { FireworkRecord, LaunchRecord, WorkflowRecord } from './records.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/** The Launches of a Firework, oldest first. */
export interface LaunchesOfFirework {
  active: LaunchRecord[];
  archived: LaunchRecord[];
}

/** A Firework with its Launches embedded, as FW.json and dumped files hold it: format §1.2. */
export function fireworkToDocument(firework: FireworkRecord, launches: LaunchesOfFirework): UserMap {
  const document: UserMap = new Map<string, UserValue>([
    ['spec', firework.spec],
    ['fw_id', firework.fwId],
    ['created_on', firework.createdOn],
    ['updated_on', firework.updatedOn],
  ]);
  if (launches.active.length > 0) document.set('launches', launches.active.map(launchToDocument));
  if (launches.archived.length > 0)
    document.set('archived_launches', launches.archived.map(launchToDocument));
  if (firework.state !== 'WAITING') document.set('state', firework.state);
  return document.set('name', firework.name);
}

/** The Launches that a file's Firework carries. @throws DocumentFault BAD_WORKFLOW */
export function launchesFromDocuments(documents: UserValue[]): LaunchRecord[] {
  return documents.filter(isUserMap).map(launchFromDocument);
}

/** A Firework as MongoDB stores it and as queries see it: format §2.1. */
export function storedFireworkDocument(firework: FireworkRecord): UserMap {
  return new Map<string, UserValue>([
    ['spec', firework.spec],
    ['fw_id', firework.fwId],
    ['created_on', firework.createdOn],
    ['updated_on', firework.updatedOn],
    ['launches', [...firework.launches]],
    ['state', firework.state],
    ['name', firework.name],
    ['archived_launches', [...firework.archivedLaunches]],
  ]);
}

/** A Workflow as MongoDB stores it and as queries see it: format §2.2; moments are texts here. */
export function storedWorkflowDocument(workflow: WorkflowRecord): UserMap {
  const links: UserMap = new Map();
  const parentLinks = new Map<string, UserValue[]>();
  for (const [parent, children] of workflow.links) {
    links.set(String(parent), [...children]);
    for (const child of children) {
      const parents = parentLinks.get(String(child));
      if (parents) parents.push(parent);
      else parentLinks.set(String(child), [parent]);
    }
  }
  const states: UserMap = new Map();
  for (const [id, state] of workflow.states) states.set(String(id), state);
  return new Map<string, UserValue>([
    ['nodes', [...workflow.nodes]],
    ['links', links],
    ['parent_links', new Map<string, UserValue>(parentLinks)],
    ['fw_states', states],
    ['state', workflow.state],
    ['name', workflow.name],
    ['metadata', workflow.metadata],
    ['created_on', workflow.createdOn],
    ['updated_on', workflow.updatedOn],
  ]);
}
