import { type FwId, fwId, launchId } from '@skyrocket/model/ids';
import { checkpointFromDocument } from '@skyrocket/model/launch-document';
import type { State } from '@skyrocket/model/states';
import { fromPlain, isUserMap, type UserMap } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import type { Db } from 'mongodb';
import type { Decision, Deed, Growth, Work } from './deeds.ts';
import { actionWithIds, idOf, idsOf, lastLaunchOf, statesOf } from './named-fireworks.ts';
import { fworker, type SkyrocketSide } from './skyrocket-side.ts';

interface Place {
  skyrocket: SkyrocketSide;
  db: Db;
}

/** Does what a history says by Skyrocket. */
export function doBySkyrocket(place: Place, deed: Deed): Promise<unknown> {
  switch (deed.kind) {
    case 'add':
    case 'append':
    case 'set_priority':
    case 'update_spec':
      return grow(place, deed);
    case 'run':
    case 'complete':
    case 'claim':
    case 'start':
    case 'cancel':
    case 'reserve':
    case 'ping':
      return work(place, deed);
    default:
      return decide(place, deed);
  }
}

async function work({ skyrocket, db }: Place, deed: Work): Promise<unknown> {
  if (deed.kind === 'claim') {
    return skyrocket.startBest({ ...fworker, name: deed.worker, category: deed.category }, deed.order);
  }
  const id = await idOf(db, deed.name);
  if (deed.kind === 'start') return skyrocket.start(id);
  if (deed.kind === 'reserve') return reserve(skyrocket, fwId(id), deed.reservationId);
  const launch = launchId(
    deed.kind === 'run' ? await skyrocket.start(id) : await lastLaunchOf(db, deed.name),
  );
  switch (deed.kind) {
    case 'run':
    case 'complete': {
      const outcome = await skyrocket.complete(launch, await actionWithIds(db, deed.action), deed.state);
      if (outcome === (deed.bad ? 'fizzled' : 'applied')) return outcome;
      throw new Error(`the report of ${deed.name} was ${outcome}`);
    }
    case 'ping':
      return skyrocket.ping(launch, checkpointFromDocument(userMap(deed.checkpoint)));
    case 'cancel':
      return skyrocket.launchpad.cancelReservations({
        ...{ key: crypto.randomUUID(), launchIds: [launch] },
        reason: 'cancelled by the user',
      });
  }
}

async function reserve({ launchpad }: SkyrocketSide, id: FwId, reservationId: string | null): Promise<void> {
  const where = { host: 'login', ip: '10.0.0.9', launchDir: '/submitted' };
  const key = crypto.randomUUID();
  const { reservation } = await launchpad.reserve({ key, fworker, order: 'any', fwId: id, ...where });
  if (!reservation) throw new Error(`Firework ${id} was not reserved`);
  if (reservationId !== null)
    await launchpad.noteReservation({ launchId: reservation.launchId, reservationId });
}

async function grow({ skyrocket, db }: Place, deed: Growth): Promise<unknown> {
  const { launchpad } = skyrocket;
  const key = crypto.randomUUID();
  if (deed.kind === 'add') return skyrocket.add(deed.workflow);
  const request = { key, fwIds: [fwId(await idOf(db, deed.name))] };
  switch (deed.kind) {
    case 'append':
      return launchpad.appendWorkflow({
        key,
        workflow: newWorkflowFromDocument(fromPlain(deed.workflow)),
        parents: (await idsOf(db, [deed.name, ...deed.further])).map(fwId),
        detour: deed.detour,
        pullSpecMods: deed.pullSpecMods,
      });
    case 'set_priority':
      return launchpad.setPriority({ ...request, priority: deed.priority });
    case 'update_spec': {
      const document = userMap(deed.document);
      const edits = deed.mongo ? { set: new Map(), update: document } : { set: document };
      return launchpad.updateSpecs({ ...request, ...edits });
    }
  }
}

async function decide({ skyrocket: { launchpad }, db }: Place, deed: Decision): Promise<unknown> {
  const request = { key: crypto.randomUUID(), fwIds: [fwId(await idOf(db, deed.name))] };
  switch (deed.kind) {
    case 'rerun':
      return launchpad.rerun({ ...request, exceptionDetails: deed.exceptionDetails });
    case 'recover':
      return launchpad.rerun({ ...request, taskLevel: { files: deed.files } });
    case 'delete':
      return launchpad.deleteWorkflows(request);
    case 'archive':
    case 'refresh':
      return launchpad[deed.kind](request);
    default: {
      const members = await membersThat(db, deed.name, concerns[deed.kind]);
      return launchpad[deed.kind](deed.wholeWorkflow ? { ...request, fwIds: members } : request);
    }
  }
}

function userMap(plain: object): UserMap {
  const value = fromPlain(plain);
  if (!isUserMap(value)) throw new Error('a mapping is needed');
  return value;
}

/** Of which Fireworks of a Workflow `lpad` asks, as its commands on Workflows do. */
const concerns = {
  pause: ['WAITING', 'READY', 'RESERVED'],
  resume: ['PAUSED'],
  defuse: [],
  reignite: ['DEFUSED'],
} satisfies Record<string, State[]>;

async function membersThat(db: Db, name: string, states: readonly string[]): Promise<FwId[]> {
  const all = await statesOf(db, name);
  return [...all].filter(([, state]) => states.includes(state)).map(([id]) => fwId(id));
}
