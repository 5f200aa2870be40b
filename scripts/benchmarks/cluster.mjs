// The suite of clusters. Needs a build; what it compares with is installed under .cache.

import { hops } from './cluster-hops.mjs';
import { packing } from './cluster-packing.mjs';
import { recover } from './cluster-recover.mjs';
import { submissions } from './cluster-submissions.mjs';
import { tasks } from './cluster-tasks.mjs';

export const parts = { submissions, hops, packing, recover, tasks };
