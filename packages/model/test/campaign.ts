import type { FWAction } from '@skyrocket/model/action';
import type { Decision } from '@skyrocket/model/change';
import { completeLaunches, type LaunchEnd } from '@skyrocket/model/decisions/complete-launches';
import { fizzleLostLaunches } from '@skyrocket/model/decisions/lost-launches';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { Neighbourhood } from '@skyrocket/model/neighbourhood';
import type { Checkpoint } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import { toPlain } from '@skyrocket/model/user-data';
import { InMemoryWorld } from './in-memory-world.ts';
import { action, newWorkflow, type Sketch } from './samples.ts';

/** What happens to some Workflows, in the words of those who work with them. */
export class Campaign {
  readonly world = new InMemoryWorld();

  /** Its Fireworks get the ids of the sketch, when those are 1, 2, 3 … */
  constructor(sketch: Sketch) {
    this.world.add(newWorkflow(sketch));
  }

  /** A worker claims a Firework and starts it. */
  begin(id: number): LaunchId {
    const launch = this.world.claim(fwId(id));
    this.world.start(launch);
    return launch;
  }

  /** A worker runs a Firework, which returns an action. */
  run(id: number, said: Partial<FWAction> = {}): LaunchEnd {
    return this.tell(this.begin(id), 'COMPLETED', said);
  }

  /** A worker runs a Firework, and a task throws. */
  fizzle(id: number, checkpoint?: Checkpoint): LaunchId {
    const launch = this.begin(id);
    this.tell(launch, 'FIZZLED', {}, checkpoint);
    return launch;
  }

  /** A worker tells the end of a Launch. */
  tell(
    launch: LaunchId,
    state: 'COMPLETED' | 'FIZZLED',
    said: Partial<FWAction> = {},
    checkpoint?: Checkpoint,
  ): LaunchEnd {
    const { fwId: maker, state: recorded } = this.world.launch(launch);
    const endedOn = this.world.now();
    const end = { launchId: launch, fwId: maker, recorded, state, action: action(said), endedOn };
    const finished = [checkpoint ? { ...end, checkpoint } : end];
    const [told] = this.world.decide((known) => completeLaunches(known, { finished })).outcome;
    if (!told) throw new Error('nothing was told');
    return told;
  }

  /** Upkeep finds that the worker of a Launch is gone. */
  lose(launch: LaunchId, afterwards: 'stop' | 'rerun' = 'stop') {
    const { fwId: maker, state: recorded } = this.world.launch(launch);
    const lost = { launchId: launch, fwId: maker, recorded, reason: 'The worker is gone.', afterwards };
    const now = this.world.now();
    return this.world.decide((known) => fizzleLostLaunches(known, { launches: [lost], now })).outcome.lost;
  }

  /** A user decides something about Fireworks. */
  user<Outcome>(
    decision: (known: Neighbourhood, request: { fwIds: FwId[] }) => Decision<Outcome>,
    ...ids: number[]
  ): Outcome {
    return this.world.decide((known) => decision(known, { fwIds: ids.map(fwId) })).outcome;
  }

  get states(): Record<number, State> {
    return this.world.states();
  }

  get links(): Record<number, number[]> {
    return Object.fromEntries(
      [...this.world.links].map(([id, children]) => [id, [...children].sort((a, b) => a - b)]),
    );
  }

  /** What a spec holds beside its tasks. */
  spec(id: number): unknown {
    const { spec } = this.world.firework(fwId(id));
    return toPlain(new Map([...spec].filter(([key]) => key !== '_tasks')));
  }

  launchesOf(id: number): { active: number[]; archived: number[] } {
    const { launches, archivedLaunches } = this.world.firework(fwId(id));
    return { active: [...launches], archived: [...archivedLaunches] };
  }

  workflowState(member = 1): State {
    return this.world.workflowState(fwId(member));
  }
}
