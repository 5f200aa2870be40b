import type { State } from '@skyrocket/model/states';
import colours from 'picocolors';

const painters: Readonly<Record<State, (text: string) => string>> = {
  ARCHIVED: colours.dim,
  FIZZLED: colours.red,
  DEFUSED: colours.magenta,
  PAUSED: colours.magenta,
  WAITING: colours.dim,
  READY: colours.yellow,
  RESERVED: colours.blue,
  RUNNING: colours.cyan,
  COMPLETED: colours.green,
};

/** Colours the names of states wherever they stand in a text. */
export const paintStates = (text: string): string =>
  text.replace(/[A-Z]+/g, (word) => (isState(word) ? painters[word](word) : word));

const isState = (word: string): word is State => Object.hasOwn(painters, word);
