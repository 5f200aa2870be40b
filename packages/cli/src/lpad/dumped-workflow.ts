import type { FoundFirework, WorkflowDump } from '@skyrocket/contract/launchpad';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import { launchDisplay } from './launch-display.ts';

/** A stored Workflow in the form of a file, with states and Launches, so that adding it gives back the same Workflow. */
export function dumpedWorkflow({ workflow, fireworks }: WorkflowDump): NewWorkflow {
  const { name, metadata, links, createdOn, updatedOn } = workflow;
  return { name, metadata, links, createdOn, updatedOn, fireworks: fireworks.map(dumpedFirework) };
}

function dumpedFirework(firework: FoundFirework): NewFirework {
  const { fwId, name, spec, state, createdOn, updatedOn, launchRecords, archivedRecords } = firework;
  const launches = launchRecords.map(launchDisplay);
  const archivedLaunches = archivedRecords.map(launchDisplay);
  return { fwId, name, spec, state, createdOn, updatedOn, launches, archivedLaunches };
}
