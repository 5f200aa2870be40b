import { type AppendedWorkflow, emptyAction, type FWAction } from './action.ts';
import {
  DocumentFault,
  fault,
  kindOf,
  type MemberReader,
  memberList,
  memberMap,
  readMembers,
} from './document-fault.ts';
import { SkyrocketError } from './errors.ts';
import { fwId } from './ids.ts';
import { stringifyShort } from './lossless-json.ts';
import type { NewWorkflow } from './records.ts';
import { type DocumentMembers, isTruthy, isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { newWorkflowFromDocument, newWorkflowToDocument } from './workflow-document.ts';

/** The action as Launches store it and tasks write it: format §5. */
export function actionToDocument(action: FWAction): UserMap {
  return new Map(members.map(([key, read]) => [key, read(action)]));
}

/** The same in lossless JSON, without what asks for nothing, which is all of it in most actions. */
export const shortActionText = (action: FWAction): string => stringifyShort(members, action);

const members: DocumentMembers<FWAction> = [
  ['stored_data', (action) => action.storedData],
  ['exit', (action) => action.exit],
  ['update_spec', (action) => action.updateSpec],
  ['mod_spec', (action) => action.modSpec],
  ['additions', (action) => action.additions.map(newWorkflowToDocument)],
  ['detours', (action) => action.detours.map(newWorkflowToDocument)],
  ['append_wfs', (action) => action.appendWorkflows.map(appendedToDocument)],
  ['defuse_children', (action) => action.defuseChildren],
  ['defuse_workflow', (action) => action.defuseWorkflow],
  ['propagate', (action) => action.propagate],
];

function appendedToDocument(appended: AppendedWorkflow): UserMap {
  return new Map<string, UserValue>([
    ['workflow', newWorkflowToDocument(appended.workflow)],
    ['detour', appended.detour],
    ['parents', [...appended.parents]],
  ]);
}

/**
 * Absent members mean nothing is asked for; `additions` and `detours` take Workflows and Fireworks, one or a list.
 * @throws DocumentFault BAD_ACTION naming the key
 */
export function actionFromDocument(document: UserValue): FWAction {
  const reader = readMembers(document, [], 'BAD_ACTION');
  return {
    ...emptyAction(),
    storedData: memberMap(reader, 'stored_data'),
    exit: isTruthy(reader.map.get('exit')),
    updateSpec: memberMap(reader, 'update_spec'),
    modSpec: memberList(reader, 'mod_spec').map((item) => requireMap(reader, item)),
    additions: readWorkflows(reader, 'additions'),
    detours: readWorkflows(reader, 'detours'),
    appendWorkflows: memberList(reader, 'append_wfs').map(readAppended),
    defuseChildren: isTruthy(reader.map.get('defuse_children')),
    defuseWorkflow: isTruthy(reader.map.get('defuse_workflow')),
    propagate: isTruthy(reader.map.get('propagate')),
  };
}

function requireMap(reader: MemberReader, item: UserValue): UserMap {
  if (isUserMap(item)) return item;
  throw fault(reader, 'mod_spec', `each element is a mapping of operators, not ${kindOf(item)}`);
}

function readWorkflows(reader: MemberReader, key: string): NewWorkflow[] {
  return memberList(reader, key).map((item, i) => readWorkflow(item, [key, i]));
}

function readWorkflow(item: UserValue, path: (string | number)[]): NewWorkflow {
  try {
    return newWorkflowFromDocument(item);
  } catch (error) {
    if (error instanceof DocumentFault)
      throw new DocumentFault('BAD_ACTION', [...path, ...error.path], error.sentence);
    throw error;
  }
}

function readAppended(item: UserValue, index: number): AppendedWorkflow {
  const path = ['append_wfs', index];
  const reader = readMembers(item, path, 'BAD_ACTION');
  const workflow = reader.map.get('workflow');
  if (workflow === undefined) throw new DocumentFault('BAD_ACTION', path, 'the key "workflow" is missing');
  return {
    workflow: readWorkflow(workflow, [...path, 'workflow']),
    detour: isTruthy(reader.map.get('detour')),
    parents: memberList(reader, 'parents').map((parent) => {
      if (typeof parent === 'number' && Number.isSafeInteger(parent)) return fwId(parent);
      throw new SkyrocketError(
        'BAD_ACTION',
        `append_wfs[${index}].parents: a parent is given as its fw_id, an integer`,
      );
    }),
  };
}
