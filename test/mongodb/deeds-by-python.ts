import type { Db } from 'mongodb';
import type { Deed, Work } from './deeds.ts';
import { actionWithIds, idOf, idsOf, lastLaunchOf } from './named-fireworks.ts';
import type { PythonSide } from './python-side.ts';

interface Place {
  python: PythonSide;
  db: Db;
}

/** Does what a history says by Python FireWorks. @throws Error with Python's stack trace */
export async function doByPython({ python, db }: Place, deed: Deed): Promise<unknown> {
  const { kind } = deed;
  if (kind === 'add') return python.ask({ do: kind, workflow: deed.workflow });
  if (kind === 'claim') {
    const { worker, category, order } = deed;
    return python.ask({ do: kind, worker, category, order });
  }
  const fw_id = await idOf(db, deed.name);
  switch (deed.kind) {
    case 'run':
    case 'complete':
      return end({ python, db }, deed);
    case 'append': {
      const { workflow, detour, pullSpecMods: pull_spec_mods, name, further } = deed;
      const parents = await idsOf(db, [name, ...further]);
      return python.ask({ do: 'append', workflow, parents, detour, pull_spec_mods });
    }
    case 'reserve':
      return python.ask({ do: 'reserve', fw_id, reservation_id: deed.reservationId });
    case 'cancel':
      return python.ask({ do: 'cancel_reservation', launch_id: await lastLaunchOf(db, deed.name) });
    case 'ping': {
      const launch_id = await lastLaunchOf(db, deed.name);
      return python.ask({ do: 'ping', launch_id, checkpoint: deed.checkpoint });
    }
    case 'rerun':
      return python.ask({ do: 'rerun', fw_id, keep_details: deed.exceptionDetails === 'keep' });
    case 'recover':
      return python.ask({ do: 'recover', fw_id, mode: recoverModes[deed.files] });
    case 'set_priority':
      return python.ask({ do: 'set_priority', fw_id, priority: deed.priority });
    case 'update_spec':
      return python.ask({ do: 'update_spec', fw_id, document: deed.document, mongo: deed.mongo });
    default: {
      const whole = 'wholeWorkflow' in deed && deed.wholeWorkflow;
      return python.ask({ do: whole ? `${deed.kind}_workflow` : deed.kind, fw_id });
    }
  }
}

const recoverModes = { none: null, copy: 'cp', 'previous-directory': 'prev_dir' } as const;

async function end(
  { python, db }: Place,
  deed: Extract<Work, { kind: 'run' | 'complete' }>,
): Promise<unknown> {
  const how = { action: await actionWithIds(db, deed.action), state: deed.state };
  const done =
    deed.kind === 'run'
      ? python.ask({ do: 'run', fw_id: await idOf(db, deed.name), ...how })
      : python.ask({ do: 'complete', launch_id: await lastLaunchOf(db, deed.name), ...how });
  return deed.bad ? done.catch(refused) : done;
}

/** What Python says when it has fizzled a Firework for its action. */
function refused(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('Error refreshing workflow'))) throw error;
}
