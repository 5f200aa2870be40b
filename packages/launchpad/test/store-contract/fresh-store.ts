import { afterEach, beforeEach } from '@jest/globals';
import type { Store } from '@skyrocket/launchpad/store/store';

/** Opens a Store that holds nothing. Each call opens another one, or the same one emptied. */
export type OpenStore = () => Promise<Store>;

/** Gives the Store of the test that runs. */
export type CurrentStore = () => Store;

/** An empty Store for each test of the `describe` that calls this; it is closed after the test. */
export function freshStore(open: OpenStore): CurrentStore {
  let store: Store | null = null;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store?.close();
    store = null;
  });
  return () => {
    if (!store) throw new Error('a Store is there only while a test runs');
    return store;
  };
}
