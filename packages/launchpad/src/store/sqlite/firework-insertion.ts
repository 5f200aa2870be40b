import type { FwId } from '@skyrocket/model/ids';
import type { NewFirework } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { specColumns } from './spec-columns.ts';
import type { Standing } from './state-ledger.ts';

const insertRow = `
INSERT INTO fireworks (fw_id, workflow, name, state, launches, archived_launches, created_on, updated_on, lane, priority,
  allow_fizzled_parents, knows_fizzled_parents, duplicate_key, parents, parents_completed, parents_fizzled, children)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertRowOfLink = `
INSERT INTO links (parent, child, position)
VALUES (?1, ?2, (SELECT children FROM fireworks WHERE fw_id = ?1)) ON CONFLICT DO NOTHING`;
const countParent = `
UPDATE fireworks SET parents = parents + 1, parents_completed = parents_completed + ?,
  parents_fizzled = parents_fizzled + ? WHERE fw_id = ?`;

export interface FireworkInsertion {
  id: FwId;
  workflow: number;
  firework: Pick<NewFirework, 'name' | 'state' | 'spec' | 'createdOn' | 'updatedOn'>;
  now: Timestamp;
  /** Lists of ids as columns. Default: none. */
  launches?: { active: string; archived: string };
  /** Links that are stored too, by the caller. Default: none. */
  linked?: { parents: number; completed: number; fizzled: number; children: number };
}

export function insertFirework(database: Connection, request: FireworkInsertion): Standing {
  const { id, workflow, firework, now, launches, linked } = request;
  const columns = specColumns(database, firework.spec);
  database.run(
    insertRow,
    id,
    workflow,
    toColumn(firework.name),
    firework.state,
    launches?.active ?? '[]',
    launches?.archived ?? '[]',
    firework.createdOn ?? now,
    firework.updatedOn ?? now,
    columns.lane,
    columns.priority,
    columns.allowFizzledParents,
    columns.knowsFizzledParents,
    columns.duplicateKey,
    linked?.parents ?? 0,
    linked?.completed ?? 0,
    linked?.fizzled ?? 0,
    linked?.children ?? 0,
  );
  database.run('INSERT INTO specs (fw_id, spec) VALUES (?, ?)', id, columns.text);
  return { state: firework.state, lane: columns.lane, leaf: (linked?.children ?? 0) === 0 };
}

/** Links two stored Fireworks; false when they were linked already. */
export function insertLink(
  database: Connection,
  { parent, child, parentState }: { parent: FwId; child: FwId; parentState: State },
): boolean {
  if (database.run(insertRowOfLink, parent, child) === 0) return false;
  database.run('UPDATE fireworks SET children = children + 1 WHERE fw_id = ?', parent);
  database.run(countParent, Number(parentState === 'COMPLETED'), Number(parentState === 'FIZZLED'), child);
  return true;
}
