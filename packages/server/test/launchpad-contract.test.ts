import { launchPadContract } from '../../launchpad/test/launchpad-contract/launchpad-contract.ts';
import { servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

launchPadContract('SQLite over HTTP', async (terms) => {
  const served = await servedLaunchPad({ terms });
  return { ...(await served.as({ role: 'admin' })), close: served.close };
});
