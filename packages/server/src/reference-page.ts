import { operations } from '@skyrocket/contract/operations';
import type { Operation } from '@skyrocket/contract/operations/operation';
import { eventsPath, operationPath } from '@skyrocket/contract/protocol';
import { skyrocketVersion } from '@skyrocket/contract/version';
import { operationNames } from './operation-routes.ts';

/** The operations for people: one page of HTML that needs nothing else, no script and no network. */
export function referencePage(basePath: string): string {
  const entries = operationNames().map((name) =>
    entry(`${basePath}${operationPath(name)}`, operations[name]),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Skyrocket server</title>
<style>${style}</style>
</head>
<body>
<h1>Skyrocket server ${escaped(skyrocketVersion)}</h1>
<p>Every operation is a <code>POST</code> with JSON, and the header <code>Authorization: Bearer TOKEN</code>. Those that change
something carry a <code>key</code>, drawn once for one intended change: repeated with the same key after a lost answer, they change
nothing and give the first answer. The few without a key may be repeated as they are. In brackets stands the role of the token: users may
do what readers and workers may, admins everything. State changes are server-sent events at <code>GET ${escaped(basePath + eventsPath)}</code>.
For programs the same is at <a href="${escaped(basePath)}/openapi.json">openapi.json</a>.</p>
${entries.join('\n')}
</body>
</html>
`;
}

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { background: #f4f4f4; padding: 0.5rem; overflow-x: auto; }
summary { cursor: pointer; padding: 0.25rem 0; }
.role { color: #555; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } pre { background: #262626; } .role { color: #aaa; } a { color: #8bf; } }`;

function entry(path: string, { role, summary, request, reply }: Operation): string {
  return `<details><summary><code>${escaped(path)}</code> ${escaped(summary)} <span class="role">(${role})</span></summary>
<p>Request</p><pre>${schemaText(request)}</pre><p>Reply</p><pre>${schemaText(reply)}</pre></details>`;
}

const schemaText = (schema: object) => escaped(shape(JSON.parse(JSON.stringify(schema)), ''));

interface Shape {
  wire?: string;
  type?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape | Shape[];
  anyOf?: Shape[];
  const?: unknown;
  enum?: unknown[];
}

/** A schema as one would write it down: `{ key: string, fwIds: [integer] }`. */
function shape(schema: Shape, margin: string): string {
  if (schema.wire === 'user-map') return 'mapping of the user';
  if (schema.wire === 'user-data') return 'anything';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((branch) => shape(branch, margin)).join(' | ');
  if (Array.isArray(schema.items)) return `[${schema.items.map((item) => shape(item, margin)).join(', ')}]`;
  if (schema.items) return `[${shape(schema.items, margin)}, …]`;
  if (!schema.properties) return schema.type ?? 'anything';
  const inner = `${margin}  `;
  const members = Object.entries(schema.properties).map(
    ([key, part]) => `${inner}${key}${schema.required?.includes(key) ? '' : '?'}: ${shape(part, inner)}\n`,
  );
  return members.length === 0 ? '{}' : `{\n${members.join('')}${margin}}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
