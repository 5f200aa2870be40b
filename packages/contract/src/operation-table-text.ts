import { operations } from './operations.ts';
import type { WireSchema } from './wire.ts';

/**
 * The text of `operation-table.ts`: what programs need of the operations, without the library that the schemas are written
 * with (loading that takes longer than all the rest of `lpad`). `scripts/generate-operation-table` writes it.
 */
export function operationTableText(): string {
  const rows = Object.entries(operations).map(([name, { role, effect, request, reply }]) => {
    const row = { role, effect, request: wirePart(asData(request)), reply: wirePart(asData(reply)) };
    return `  ${name}: ${JSON.stringify(row)},\n`;
  });
  return `${head}${rows.join('')}};\n`;
}

const head = `// Made by scripts/generate-operation-table from operations.ts; not to be changed by hand.
import type { Role } from './tokens.ts';
import type { OperationName } from './operations.ts';
import type { WireSchema } from './wire.ts';

/** What programs know of an operation: see operations.ts. */
export interface OperationRow {
  role: Role;
  effect: 'reads' | 'changes';
  request: WireSchema;
  reply: WireSchema;
}

export const operationTable: Readonly<Record<OperationName, OperationRow>> = {
`;

/** A schema is plain data; its declared type says what it describes. */
function asData(schema: object): WireSchema {
  return JSON.parse(JSON.stringify(schema));
}

/** Bounds are the server's business. */
function wirePart(schema: WireSchema): WireSchema {
  const { wire, type, properties, required, items, anyOf } = schema;
  return {
    ...(wire && { wire }),
    ...(type !== undefined && { type }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, part]) => [key, wirePart(part)])),
    }),
    ...(required && { required }),
    ...(items && { items: isList(items) ? items.map(wirePart) : wirePart(items) }),
    ...(anyOf && { anyOf: anyOf.map(wirePart) }),
    ...(schema.const !== undefined && { const: schema.const }),
    ...(schema.enum && { enum: schema.enum }),
  };
}

const isList = (items: WireSchema | readonly WireSchema[]): items is readonly WireSchema[] =>
  Array.isArray(items);
