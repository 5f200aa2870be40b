// The suite of clusters. Needs a build; what it compares with is installed under .cache.

import { tasks } from './cluster-tasks.mjs';

export const parts = { tasks };
