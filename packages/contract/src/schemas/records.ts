import type { LaunchState } from '@skyrocket/model/states';
import { Type } from 'typebox';
import {
  count,
  flag,
  fwIdSchema,
  launchIdSchema,
  listOf,
  mapOf,
  moment,
  oneOf,
  record,
  stateSchema,
  text,
  userMap,
  userValue,
} from './values.ts';

// What is stored, as `@skyrocket/model/records` and `@skyrocket/model/action` declare it.

const launchState = () =>
  Type.Unsafe<LaunchState>({ enum: ['READY', 'RESERVED', 'RUNNING', 'COMPLETED', 'FIZZLED'] });

export const FWorkerSchema = record({
  name: text(),
  category: Type.Union([text(), listOf(text(), 10_000)]),
  query: userMap(),
  env: userMap(),
});

export const CheckpointSchema = record({
  taskIndex: count(),
  storedData: userMap(),
  updateSpec: userMap(),
  modSpec: listOf(userMap()),
});

const HistoryEntrySchema = record({
  state: launchState(),
  createdOn: moment(),
  updatedOn: Type.Optional(moment()),
  reservationId: Type.Optional(text()),
  checkpoint: Type.Optional(CheckpointSchema),
});

export const TrackerSchema = record({
  filename: text(),
  nlines: count(),
  allowZipped: flag(),
  content: Type.Optional(Type.String({ maxLength: 4 * 1024 * 1024 })),
});

const NewFireworkSchema = record({
  fwId: fwIdSchema(),
  name: text(),
  spec: userMap(),
  state: stateSchema(),
  createdOn: Type.Optional(moment()),
  updatedOn: Type.Optional(moment()),
  launches: listOf(userValue()),
  archivedLaunches: listOf(userValue()),
});

export const NewWorkflowSchema = record({
  name: text(),
  metadata: userMap(),
  fireworks: listOf(NewFireworkSchema),
  links: mapOf(fwIdSchema(), listOf(fwIdSchema())),
  createdOn: Type.Optional(moment()),
  updatedOn: Type.Optional(moment()),
});

export const FWActionSchema = record({
  storedData: userMap(),
  exit: flag(),
  updateSpec: userMap(),
  modSpec: listOf(userMap()),
  additions: listOf(NewWorkflowSchema),
  detours: listOf(NewWorkflowSchema),
  appendWorkflows: listOf(
    record({ workflow: NewWorkflowSchema, detour: flag(), parents: listOf(fwIdSchema()) }),
  ),
  defuseChildren: flag(),
  defuseWorkflow: flag(),
  propagate: flag(),
});

const launchWithoutAction = {
  launchId: launchIdSchema(),
  fwId: fwIdSchema(),
  state: launchState(),
  fworker: FWorkerSchema,
  host: text(),
  ip: text(),
  launchDir: text(),
  trackers: listOf(TrackerSchema),
  history: listOf(HistoryEntrySchema),
};

export const BareLaunchSchema = record(launchWithoutAction);
export const LaunchSchema = record({
  ...launchWithoutAction,
  action: Type.Union([FWActionSchema, Type.Null()]),
});

const storedFirework = {
  fwId: fwIdSchema(),
  name: text(),
  state: stateSchema(),
  spec: userMap(),
  launches: listOf(launchIdSchema()),
  archivedLaunches: listOf(launchIdSchema()),
  createdOn: moment(),
  updatedOn: moment(),
};

export const FireworkSchema = record(storedFirework);
export const FoundFireworkSchema = record({
  ...storedFirework,
  launchRecords: listOf(LaunchSchema),
  archivedRecords: listOf(LaunchSchema),
});

const storedWorkflow = {
  nodes: listOf(fwIdSchema()),
  links: mapOf(fwIdSchema(), listOf(fwIdSchema())),
  states: mapOf(fwIdSchema(), stateSchema()),
  names: mapOf(fwIdSchema(), text()),
  name: text(),
  state: stateSchema(),
  metadata: userMap(),
  createdOn: moment(),
  updatedOn: moment(),
};

export const WorkflowSchema = record(storedWorkflow);
export const FoundWorkflowSchema = record({
  ...storedWorkflow,
  launches: mapOf(fwIdSchema(), listOf(BareLaunchSchema)),
});

export const SkippedSchema = record({ fwId: fwIdSchema(), state: stateSchema(), reason: text() });

export const IdentitySchema = record({
  uuid: text(),
  kind: oneOf(['embedded', 'mongodb', 'server']),
  location: text(),
  version: text(),
});
