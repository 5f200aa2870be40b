import { createHash } from 'node:crypto';
import type { LaunchPad, TokenRecord } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import { epochMilliseconds } from '@skyrocket/model/timestamp';

/** Who calls: the holder of a token. */
export type Bearer = Pick<TokenRecord, 'tokenId' | 'role' | 'fworker' | 'category' | 'query'>;

/** Tells who holds a secret. @throws SkyrocketError NOT_ALLOWED when it is none, or no longer */
export type Authenticate = (secret: string | null) => Promise<Bearer>;

/** A token that was looked up is believed for so long, so that a revoked one is refused this much later at the latest. */
const believedMilliseconds = 5000;

/** So many tokens are remembered; guesses that are no token are not. */
const rememberedTokens = 10_000;

interface Remembered {
  token: TokenRecord;
  until: number;
}

/** Looks tokens up in the launchpad, by the hash of their secret: so no secret is compared, and none is kept. */
export function tokenAuthentication(launchpad: Pick<LaunchPad, 'findToken'>): Authenticate {
  const remembered = new Map<string, Remembered>();
  return async (secret) => {
    if (secret === null)
      throw refused('this server needs a token: name one with token_file: in my_launchpad.yaml');
    const hash = hashOfSecret(secret);
    const known = remembered.get(hash);
    const token = known && known.until > Date.now() ? known.token : await lookUp(launchpad, hash);
    if (token === null) throw refused('the token is not known to this server');
    if (token !== known?.token) remember(remembered, hash, token);
    refuseWorthless(token);
    return token;
  };
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

async function lookUp(launchpad: Pick<LaunchPad, 'findToken'>, hash: string): Promise<TokenRecord | null> {
  const { token } = await launchpad.findToken({ hash });
  return token;
}

function remember(remembered: Map<string, Remembered>, hash: string, token: TokenRecord): void {
  remembered.delete(hash);
  remembered.set(hash, { token, until: Date.now() + believedMilliseconds });
  const [oldest] = remembered.keys();
  if (remembered.size > rememberedTokens && oldest !== undefined) remembered.delete(oldest);
}

function refuseWorthless({ tokenId, revokedOn, expiresOn }: TokenRecord): void {
  if (revokedOn !== null) throw refused(`the token ${tokenId} was revoked on ${revokedOn}`);
  if (expiresOn !== null && epochMilliseconds(expiresOn) <= Date.now()) {
    throw refused(`the token ${tokenId} expired on ${expiresOn}`);
  }
}

function refused(sentence: string): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `${sentence}; ask who runs the server for one (lpad token create)`,
  );
}
