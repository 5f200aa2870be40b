// Workflow files for measurements.

import { fromPlain } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import { writeWorkflowFile } from '@skyrocket/model/workflow-file';

/** A Firetask that runs in the worker and does nothing. */
export const nothing = { _fw_name: 'FileWriteTask', files_to_write: [] };

/** So many Fireworks without links, in one Workflow. */
export function loose(size, task = nothing, members = {}) {
  return workflow(size, {}, { task, members });
}

/** The first one, then all others. */
export function fanOut(size) {
  return workflow(size, { 1: range(2, size) });
}

/** One after another. */
export function chain(size, task = nothing, members = {}) {
  const links = Object.fromEntries(range(1, size - 1).map((id) => [id, [id + 1]]));
  return workflow(size, links, { task, members });
}

/** The last one after all others. */
export function fanIn(size) {
  return workflow(size, Object.fromEntries(range(1, size - 1).map((id) => [id, [size]])));
}

/** @param members what each spec holds beside its task */
function workflow(size, links, { task, members } = { task: nothing, members: {} }) {
  const fws = range(1, size).map((fw_id) => ({
    fw_id,
    name: `step ${fw_id}`,
    spec: { number: fw_id, ...members, _tasks: [task] },
  }));
  return { name: 'measured', metadata: {}, fws, links };
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** As lpad has it when it has read the file. */
export const toWorkflow = (document) => newWorkflowFromDocument(fromPlain(document));

/** @param format {'json' | 'yaml'} */
export const toText = (document, format) => writeWorkflowFile(toWorkflow(document), format);
