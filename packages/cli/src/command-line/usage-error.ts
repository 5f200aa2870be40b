import { SkyrocketError } from '@skyrocket/model/errors';

/** A command line that cannot be understood. */
export const usageError = (sentence: string) => new SkyrocketError('BAD_USAGE', sentence);
