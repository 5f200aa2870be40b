import { type TSchema, Type } from 'typebox';
import type { AgentId, LaunchPad, Role, StartToken } from './launchpad.ts';
import { maintenanceOperations } from './maintenance-operations.ts';
import {
  CheckpointSchema,
  FireworkSchema,
  FoundFireworkSchema,
  FoundWorkflowSchema,
  FWActionSchema,
  FWorkerSchema,
  IdentitySchema,
  LaunchSchema,
  NewWorkflowSchema,
  SkippedSchema,
  TrackerSchema,
  WorkflowSchema,
} from './schemas/records.ts';
import {
  count,
  flag,
  fwIdSchema,
  launchIdSchema,
  listOf,
  mapOf,
  moment,
  named,
  oneOf,
  record,
  text,
  userMap,
  word,
} from './schemas/values.ts';

/** One operation of the LaunchPad as it is called over HTTP. */
export interface Operation {
  /** The least of the roles that may call it; `worker`: users may too. */
  role: Role;
  /** Whether it changes something: then it carries a key, or is harmless when it is repeated. */
  effect: 'reads' | 'changes';
  /** One sentence for the reference page. */
  summary: string;
  request: TSchema;
  reply: TSchema;
}

const key = word();
const agentId = () => named<AgentId>();
const token = () => named<StartToken>();
const nothing = record({});
const onFireworks = { key, fwIds: listOf(fwIdSchema()) };
const decision = record({ changed: listOf(fwIdSchema()), skipped: listOf(SkippedSchema) });
const launchIds = listOf(launchIdSchema());
const idMap = () => mapOf(fwIdSchema(), fwIdSchema());
const sort = record({
  field: oneOf(['created_on', 'updated_on']),
  direction: oneOf(['ascending', 'descending']),
});

const registration = record({
  agentId: agentId(),
  fworker: FWorkerSchema,
  host: text(),
  ip: text(),
  pid: count(),
  processStart: text(),
  journal: text(),
  version: text(),
  owner: Type.Optional(word()),
  job: Type.Optional(record({ system: word(), id: word(), restarts: count() })),
});

const launchReport = record({
  launchpad: word(),
  launchId: launchIdSchema(),
  token: token(),
  state: oneOf(['COMPLETED', 'FIZZLED']),
  action: FWActionSchema,
  endedOn: moment(),
  checkpoint: Type.Optional(CheckpointSchema),
  trackers: Type.Optional(listOf(TrackerSchema)),
  launchDir: Type.Optional(text()),
});

const reportResult = Type.Union([
  record({ launchId: launchIdSchema(), outcome: oneOf(['applied', 'already-applied']) }),
  record({ launchId: launchIdSchema(), outcome: Type.Literal('fizzled'), reason: text() }),
  record({ launchId: launchIdSchema(), outcome: Type.Literal('refused'), reason: text() }),
]);

const offeredResources = record({
  cores: Type.Number(),
  memory: Type.Union([Type.Number(), Type.Null()]),
  gpus: Type.Number(),
  walltime: Type.Union([Type.Number(), Type.Null()]),
  dialect: oneOf(['slurm', 'pbs', 'lsf']),
});

const offlineRun = record({
  launchId: launchIdSchema(),
  fwId: fwIdSchema(),
  name: text(),
  launchDir: text(),
  fworker: text(),
});

const offlineNews = record({
  launchpad: Type.Optional(word()),
  launchId: launchIdSchema(),
  fwId: fwIdSchema(),
  startedOn: moment(),
  pingedOn: Type.Optional(moment()),
  checkpoint: Type.Optional(CheckpointSchema),
  trackers: Type.Optional(listOf(TrackerSchema)),
  ended: Type.Optional(
    record({ state: oneOf(['COMPLETED', 'FIZZLED']), action: FWActionSchema, endedOn: moment() }),
  ),
});

const claimedLaunch = record({
  launchId: launchIdSchema(),
  firework: FireworkSchema,
  launches: listOf(LaunchSchema),
});

const deadAgent = record({
  agentId: agentId(),
  reason: text(),
  host: text(),
  journal: text(),
  launches: launchIds,
});

const chain = {
  name: word(),
  revision: count(),
  /** Some hundred slots with their jobs. */
  state: Type.String({ maxLength: 1_000_000 }),
  fworker: Type.Optional(text()),
  owner: Type.Optional(word()),
};

const tokenGrant = {
  tokenId: word(),
  role: oneOf(['reader', 'worker', 'user', 'admin']),
  label: text(),
  fworker: Type.Union([text(), Type.Null()]),
  category: Type.Union([text(), Type.Null()]),
  query: userMap(),
  expiresOn: Type.Union([moment(), Type.Null()]),
};

const tokenRecord = record({
  ...tokenGrant,
  createdOn: moment(),
  revokedOn: Type.Union([moment(), Type.Null()]),
});

/** Every operation of {@link LaunchPad} but those that never leave the process. */
export const operations = {
  identity: {
    role: 'reader',
    effect: 'reads',
    summary: 'Tells which launchpad this is.',
    request: nothing,
    reply: IdentitySchema,
  },
  addWorkflows: {
    role: 'user',
    effect: 'changes',
    summary: 'Adds Workflows, all or none of them, and tells the ids that their Fireworks got.',
    request: record({ key, workflows: listOf(NewWorkflowSchema) }),
    reply: record({ idMaps: listOf(idMap()) }),
  },
  appendWorkflow: {
    role: 'user',
    effect: 'changes',
    summary: 'Adds Fireworks below stored ones.',
    request: record({
      key,
      workflow: NewWorkflowSchema,
      parents: listOf(fwIdSchema()),
      detour: flag(),
      pullSpecMods: flag(),
    }),
    reply: record({ idMap: idMap() }),
  },
  deleteWorkflows: {
    role: 'user',
    effect: 'changes',
    summary: 'Deletes the whole Workflows that hold these Fireworks.',
    request: record(onFireworks),
    reply: record({ fwIds: listOf(fwIdSchema()), launchIds, launchDirs: listOf(text()) }),
  },
  reset: {
    role: 'admin',
    effect: 'changes',
    summary: 'Empties the launchpad.',
    request: record({ key }),
    reply: nothing,
  },
  findFireworks: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Fireworks by ids, MongoDB filters and reservation.',
    request: record({
      fwIds: Type.Optional(listOf(fwIdSchema())),
      filter: Type.Optional(userMap()),
      launchFilter: Type.Optional(userMap()),
      workflowFilter: Type.Optional(userMap()),
      reservationId: Type.Optional(text()),
      sort: Type.Optional(sort),
      limit: Type.Optional(count()),
      fields: oneOf(['count', 'ids', 'summary', 'launches', 'all']),
    }),
    reply: record({ count: count(), fireworks: listOf(FoundFireworkSchema) }),
  },
  findWorkflows: {
    role: 'reader',
    effect: 'reads',
    summary: 'Finds Workflows by ids of their Fireworks and a MongoDB filter.',
    request: record({
      fwIds: Type.Optional(listOf(fwIdSchema())),
      filter: Type.Optional(userMap()),
      sort: Type.Optional(sort),
      limit: Type.Optional(count()),
      fields: oneOf(['count', 'ids', 'summary', 'launches']),
    }),
    reply: record({ count: count(), workflows: listOf(FoundWorkflowSchema) }),
  },
  findLaunches: {
    role: 'reader',
    effect: 'reads',
    summary: 'Gives Launches by their ids.',
    request: record({ launchIds }),
    reply: record({ launches: listOf(LaunchSchema) }),
  },
  dumpWorkflow: {
    role: 'reader',
    effect: 'reads',
    summary: 'Gives the whole Workflow that holds a Firework.',
    request: record({ fwId: fwIdSchema() }),
    reply: record({ workflow: WorkflowSchema, fireworks: listOf(FoundFireworkSchema) }),
  },
  rerun: {
    role: 'user',
    effect: 'changes',
    summary: 'Runs Fireworks again, and resets their descendants.',
    request: record({
      ...onFireworks,
      taskLevel: Type.Optional(
        record({
          launchIds: Type.Optional(launchIds),
          files: oneOf(['none', 'copy', 'previous-directory']),
        }),
      ),
      exceptionDetails: Type.Optional(oneOf(['keep', 'drop'])),
    }),
    reply: decision,
  },
  pause: userDecision('Pauses Fireworks.'),
  resume: userDecision('Lets paused Fireworks go on.'),
  defuse: userDecision('Defuses Fireworks; those that were claimed or done are rerun first.'),
  reignite: userDecision('Takes Fireworks out of DEFUSED.'),
  archive: userDecision('Archives whole Workflows, for good.'),
  setPriority: {
    role: 'user',
    effect: 'changes',
    summary: 'Sets the priority of Fireworks.',
    request: record({ ...onFireworks, priority: Type.Number() }),
    reply: decision,
  },
  updateSpecs: {
    role: 'user',
    effect: 'changes',
    summary: 'Changes specs of Fireworks that are not claimed, running or done.',
    request: record({ ...onFireworks, set: userMap(), update: Type.Optional(userMap()) }),
    reply: decision,
  },
  refresh: userDecision('Brings Fireworks to the state that their parents and Launches give them.'),
  registerAgent: {
    role: 'worker',
    effect: 'changes',
    summary: 'Registers a worker process; its lease begins.',
    request: registration,
    reply: record({
      launchpad: IdentitySchema,
      leaseSeconds: Type.Number(),
      heartbeatSeconds: Type.Number(),
    }),
  },
  findAgent: {
    role: 'admin',
    effect: 'reads',
    summary: 'Tells who a worker process is.',
    request: record({ agentId: agentId() }),
    reply: record({ agent: Type.Union([registration, Type.Null()]) }),
  },
  heartbeat: {
    role: 'worker',
    effect: 'changes',
    summary: 'Renews a lease, and tells which Launches were taken away.',
    request: record({
      agentId: agentId(),
      pings: listOf(
        record({
          launchId: launchIdSchema(),
          token: token(),
          checkpoint: Type.Optional(CheckpointSchema),
          trackers: Type.Optional(listOf(TrackerSchema)),
        }),
      ),
    }),
    reply: record({ takenAway: listOf(record({ launchId: launchIdSchema(), reason: text() })) }),
  },
  signOff: {
    role: 'worker',
    effect: 'changes',
    summary: 'Ends an agent: what it claimed and has not started becomes READY again.',
    request: record({ agentId: agentId() }),
    reply: nothing,
  },
  claim: {
    role: 'worker',
    effect: 'changes',
    summary: 'Claims READY Fireworks.',
    request: record({
      key,
      agentId: agentId(),
      fworker: FWorkerSchema,
      count: count(10_000),
      fwId: Type.Optional(fwIdSchema()),
      order: oneOf(['FIFO', 'FILO', 'any']),
      withoutTasks: listOf(text(), 10_000),
      withoutFireworks: Type.Optional(listOf(fwIdSchema(), 10_000)),
      resources: Type.Optional(offeredResources),
    }),
    reply: record({ claims: listOf(claimedLaunch), exhausted: flag() }),
  },
  start: {
    role: 'worker',
    effect: 'changes',
    summary: 'Starts claimed Launches; what is refused must not run.',
    request: record({
      key,
      agentId: agentId(),
      fworker: FWorkerSchema,
      host: text(),
      ip: text(),
      starts: listOf(record({ launchId: launchIdSchema(), token: token(), launchDir: text() }), 10_000),
    }),
    reply: record({
      results: listOf(
        Type.Union([
          record({ launchId: launchIdSchema(), outcome: Type.Literal('started'), at: moment() }),
          record({ launchId: launchIdSchema(), outcome: Type.Literal('refused'), reason: text() }),
        ]),
      ),
    }),
  },
  report: {
    role: 'worker',
    effect: 'changes',
    summary: 'Applies results of Launches, each exactly once.',
    request: record({ key, reports: listOf(launchReport, 10_000) }),
    reply: record({ results: listOf(reportResult) }),
  },
  release: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives Launches back.',
    request: record({
      key,
      agentId: agentId(),
      releases: listOf(
        record({
          launchId: launchIdSchema(),
          reason: text(),
          cannotImport: Type.Optional(record({ task: text(), worker: text() })),
        }),
        10_000,
      ),
    }),
    reply: record({ released: launchIds }),
  },
  workFor: {
    role: 'worker',
    effect: 'reads',
    summary: 'Tells whether there is, or will be, work for a worker.',
    request: record({ fworker: FWorkerSchema }),
    reply: record({ ready: flag(), later: flag() }),
  },
  reserve: {
    role: 'worker',
    effect: 'changes',
    summary: 'Claims a Firework for a job of a batch system.',
    request: record({
      key,
      fworker: FWorkerSchema,
      fwId: Type.Optional(fwIdSchema()),
      order: oneOf(['FIFO', 'FILO', 'any']),
      host: text(),
      ip: text(),
      launchDir: text(),
      owner: Type.Optional(word()),
    }),
    reply: record({ reservation: Type.Union([claimedLaunch, Type.Null()]) }),
  },
  noteReservation: {
    role: 'worker',
    effect: 'changes',
    summary: 'Notes the directory and the id of the job for which a Firework is reserved.',
    request: record({
      launchId: launchIdSchema(),
      launchDir: Type.Optional(text()),
      reservationId: Type.Optional(word()),
    }),
    reply: record({ noted: flag() }),
  },
  findOwners: {
    role: 'admin',
    effect: 'reads',
    summary: "Tells by which workers' tokens Launches were reserved.",
    request: record({ launchIds }),
    reply: record({ owners: mapOf(launchIdSchema(), word()) }),
  },
  cancelReservations: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives reserved Fireworks back that were not started.',
    request: record({ key, launchIds, reason: text() }),
    reply: record({ cancelled: launchIds }),
  },
  runtimes: {
    role: 'worker',
    effect: 'reads',
    summary: 'Tells how long Fireworks of the same name took.',
    request: record({ names: listOf(text(), 1000) }),
    reply: record({ runtimes: listOf(record({ name: text(), seconds: listOf(Type.Number()) })) }),
  },
  findChains: {
    role: 'worker',
    effect: 'reads',
    summary: 'Lists the chains of jobs.',
    request: nothing,
    reply: record({ chains: listOf(record(chain)) }),
  },
  saveChain: {
    role: 'worker',
    effect: 'changes',
    summary: 'Keeps a chain of jobs, if nobody changed it meanwhile.',
    request: record(chain),
    reply: record({ saved: flag() }),
  },
  registerOffline: {
    role: 'worker',
    effect: 'changes',
    summary: 'Notes that reserved Launches are to be run offline.',
    request: record({ launchIds }),
    reply: nothing,
  },
  findOffline: {
    role: 'worker',
    effect: 'reads',
    summary: 'Lists Launches that run offline, or are to be.',
    request: nothing,
    reply: record({ runs: listOf(offlineRun) }),
  },
  tellOffline: {
    role: 'worker',
    effect: 'changes',
    summary: 'Applies what offline Launches left in their directories.',
    request: record({ runs: listOf(offlineNews, 10_000) }),
    reply: record({ results: listOf(reportResult) }),
  },
  forgetOffline: {
    role: 'user',
    effect: 'changes',
    summary: 'Forgets offline Launches; their states stay as they are.',
    request: record(onFireworks),
    reply: record({ forgotten: listOf(fwIdSchema()) }),
  },
  deadAgents: {
    role: 'worker',
    effect: 'changes',
    summary: 'Names workers that are dead, and takes the right to do upkeep.',
    request: record({ key, notWithinSeconds: Type.Optional(Type.Number({ minimum: 0 })) }),
    reply: record({ agents: listOf(deadAgent), heldByAnother: flag() }),
  },
  upkeep: {
    role: 'worker',
    effect: 'changes',
    summary: 'Gives back what dead workers claimed, and declares lost what they ran.',
    request: record({ key, told: listOf(agentId()) }),
    reply: record({
      lost: listOf(record({ launchId: launchIdSchema(), fwId: fwIdSchema(), reran: flag() })),
      released: launchIds,
      finished: count(),
    }),
  },
  createToken: {
    role: 'admin',
    effect: 'changes',
    summary: 'Makes a token of the HTTP API; of its secret only the hash is told.',
    request: record({
      key,
      ...tokenGrant,
      hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    reply: record({ token: tokenRecord }),
  },
  findToken: {
    role: 'admin',
    effect: 'reads',
    summary: 'Gives a token by the hash of its secret.',
    request: record({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
    reply: record({ token: Type.Union([tokenRecord, Type.Null()]) }),
  },
  listTokens: {
    role: 'admin',
    effect: 'reads',
    summary: 'Lists tokens, without secrets.',
    request: nothing,
    reply: record({ tokens: listOf(tokenRecord) }),
  },
  revokeToken: {
    role: 'admin',
    effect: 'changes',
    summary: 'Makes a token worthless.',
    request: record({ key, tokenId: word() }),
    reply: record({ token: tokenRecord }),
  },
  ...maintenanceOperations,
} as const satisfies Record<OperationName, Operation>;

/** The operations by name. */
export type OperationName = Exclude<keyof LaunchPad, 'close' | 'stateChanges'>;

function userDecision(summary: string) {
  const request = record(onFireworks);
  return { role: 'user', effect: 'changes', summary, request, reply: decision } as const;
}
