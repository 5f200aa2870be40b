import { types } from 'node:util';

/** The code of an error of the operating system or of Node (`ENOENT`); null for every other value. */
export function systemErrorCode(error: unknown): string | null {
  const code = types.isNativeError(error) && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** Whether it is an error of the operating system or of Node with one of these codes. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  return codes.includes(systemErrorCode(error) ?? '');
}

/** What an error says, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
