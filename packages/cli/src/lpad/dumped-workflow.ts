import type { FoundFirework, WorkflowDump } from '@skyrocket/contract/questions';
import { launchToDocument } from '@skyrocket/model/launch-document';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';

/** A stored Workflow in the form of a file, with states and Launches, so that adding it gives back the same Workflow. */
export function dumpedWorkflow({ workflow, fireworks }: WorkflowDump): NewWorkflow {
  const { name, metadata, links, createdOn, updatedOn } = workflow;
  return { name, metadata, links, createdOn, updatedOn, fireworks: fireworks.map(dumpedFirework) };
}

function dumpedFirework(firework: FoundFirework): NewFirework {
  const { fwId, name, spec, state, createdOn, updatedOn, launchRecords, archivedRecords } = firework;
  const launches = launchRecords.map(launchToDocument);
  const archivedLaunches = archivedRecords.map(launchToDocument);
  return { fwId, name, spec, state, createdOn, updatedOn, launches, archivedLaunches };
}
