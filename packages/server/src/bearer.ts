import { createHash } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { TokenRecord } from '@skyrocket/contract/tokens';
import { SkyrocketError } from '@skyrocket/model/errors';
import { epochMilliseconds } from '@skyrocket/model/timestamp';

/** Who calls: the holder of a token. */
export type Bearer = Pick<TokenRecord, 'tokenId' | 'role' | 'fworker' | 'category' | 'query'>;

export type Authentication = (secret: string | null) => Claimant;

/** Who says that a token is theirs. */
export interface Claimant {
  /** Whether the secret was seen to be that of a token; it may be worthless by now. */
  isKnown: boolean;
  /** Tells who it is. @throws SkyrocketError NOT_ALLOWED when the secret is that of no token, or no longer */
  bearer(): Promise<Bearer>;
}

/** A token that was looked up is believed for so long, so that a revoked one is refused this much later at the latest. */
const believedMilliseconds = 5000;

/** So many tokens are remembered; guesses that are no token are not. */
const rememberedTokens = 10_000;

interface Remembered {
  token: Promise<TokenRecord>;
  until: number;
}

/** Looks tokens up in the launchpad, by the hash of their secret: so no secret is compared, and none is kept. */
export function tokenAuthentication(launchpad: Pick<LaunchPad, 'findToken'>): Authentication {
  const remembered = new Map<string, Remembered>();
  return (secret) => {
    if (secret === null) return { isKnown: false, bearer: () => Promise.reject(withoutToken()) };
    const hash = hashOfSecret(secret);
    return {
      isKnown: remembered.has(hash),
      async bearer() {
        const token = await rememberedOr(remembered, hash, () => lookUp(launchpad, hash));
        refuseWorthless(token);
        return token;
      },
    };
  };
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Many requests of one token at once are one question; what fails is asked again by the next. */
async function rememberedOr(
  remembered: Map<string, Remembered>,
  hash: string,
  ask: () => Promise<TokenRecord>,
): Promise<TokenRecord> {
  const known = remembered.get(hash);
  if (known && known.until > Date.now()) return known.token;
  const asked = { token: ask(), until: Date.now() + believedMilliseconds };
  remembered.delete(hash);
  remembered.set(hash, asked);
  const [oldest] = remembered.keys();
  if (remembered.size > rememberedTokens && oldest !== undefined) remembered.delete(oldest);
  try {
    return await asked.token;
  } catch (error) {
    if (remembered.get(hash) === asked) remembered.delete(hash);
    throw error;
  }
}

async function lookUp(launchpad: Pick<LaunchPad, 'findToken'>, hash: string): Promise<TokenRecord> {
  const { token } = await launchpad.findToken({ hash });
  if (token === null) throw refused('the token is not known to this server');
  return token;
}

function refuseWorthless({ tokenId, revokedOn, expiresOn }: TokenRecord): void {
  if (revokedOn !== null) throw refused(`the token ${tokenId} was revoked on ${revokedOn}`);
  if (expiresOn !== null && epochMilliseconds(expiresOn) <= Date.now()) {
    throw refused(`the token ${tokenId} expired on ${expiresOn}`);
  }
}

const withoutToken = () =>
  refused('this server needs a token: name one with token_file: in my_launchpad.yaml');

function refused(sentence: string): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `${sentence}; ask who runs the server for one (lpad token create)`,
  );
}
