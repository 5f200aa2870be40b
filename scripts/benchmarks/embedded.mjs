// The suite of the embedded launchpad. Needs a build.

import { adding } from './adding.mjs';
import { commands } from './commands.mjs';
import { completion } from './completion.mjs';
import { memory } from './memory.mjs';
import { million } from './million.mjs';
import { noop } from './noop.mjs';
import { starting } from './starting.mjs';

export const parts = { noop, commands, completion, adding, starting, million, memory };
