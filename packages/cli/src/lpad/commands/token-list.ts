import type { TokenRecord } from '@skyrocket/contract/tokens';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { localMoment } from '../../output/local-moment.ts';
import { printDocument, printText } from '../../output/output.ts';
import { type Column, standardOutputPlace, tableText } from '../../output/table.ts';
import type { LpadCommand } from '../context.ts';

export const command: LpadCommand = {
  options: [],
  async run(_line, { output, launchpad }) {
    const { tokens } = await (await launchpad()).listTokens();
    if (output === 'table') printText(tokenTable(tokens));
    else await printDocument(tokens.map(tokenDocument), output);
    return 0;
  },
};

function tokenDocument(token: TokenRecord): UserMap {
  return new Map<string, UserValue>([
    ['token', token.tokenId],
    ['role', token.role],
    ['label', token.label],
    ['fworker', token.fworker],
    ['category', token.category],
    ['query', token.query],
    ['created_on', token.createdOn],
    ['expires_on', token.expiresOn],
    ['revoked_on', token.revokedOn],
  ]);
}

const columns: readonly Column[] = [
  { title: 'TOKEN' },
  { title: 'ROLE' },
  { title: 'BOUND TO' },
  { title: 'STANDING' },
  { title: 'LABEL', flexible: true },
];

function tokenTable(tokens: TokenRecord[]): string {
  if (tokens.length === 0) return 'there are no tokens; lpad token create makes one\n';
  const rows = tokens.map((token) => [
    token.tokenId,
    token.role,
    boundTo(token),
    standing(token),
    token.label,
  ]);
  return tableText(columns, rows, standardOutputPlace());
}

function boundTo({ fworker, category, query }: TokenRecord): string {
  const bounds = [
    fworker === null ? '' : `fworker ${fworker}`,
    category === null ? '' : `category ${category}`,
    query.size === 0 ? '' : 'a query',
  ];
  return bounds.filter((bound) => bound !== '').join(', ');
}

function standing({ revokedOn, expiresOn }: TokenRecord): string {
  if (revokedOn !== null) return `revoked ${localMoment(revokedOn)}`;
  return expiresOn === null ? 'good' : `until ${localMoment(expiresOn)}`;
}
