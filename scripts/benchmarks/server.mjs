// The suite of the server: how it starts, how fast eight workers are through it, what a request adds, how many agents it bears,
// and what it hears after an outage. Needs a build; all parts but `embedded`, `latency`, `embeddedAgents` and `outage` also a
// mongod, and `mongodb` Python.

import { agents, embeddedAgents, manyAgents } from './server-agents.mjs';
import { latency } from './server-latency.mjs';
import { outage } from './server-outage.mjs';
import { embedded, mongodb } from './server-rates.mjs';
import { starting } from './server-starting.mjs';

export const parts = { starting, embedded, mongodb, latency, agents, manyAgents, embeddedAgents, outage };
