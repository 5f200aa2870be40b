import type { Keyed } from '@skyrocket/contract/keyed';
import type { CreateToken, TokenRecord } from '@skyrocket/contract/tokens';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { Store } from './store/store.ts';

/** The id makes it safe to repeat. */
export async function createToken(
  store: Store,
  { key: _key, ...token }: CreateToken,
): Promise<{ token: TokenRecord }> {
  return { token: await store.putToken(token) };
}

/** @throws SkyrocketError NOT_FOUND */
export async function revokeToken(
  store: Store,
  { tokenId }: Keyed & { tokenId: string },
): Promise<{ token: TokenRecord }> {
  const token = await store.revokeToken(tokenId);
  if (token) return { token };
  throw new SkyrocketError(
    'NOT_FOUND',
    `there is no token ${tokenId}; lpad token list shows those that there are`,
  );
}
