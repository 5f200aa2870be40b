import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import { skeleton } from '@skyrocket/contract/wire';
import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import type { ErrorObject, ValidateFunction } from 'ajv';

type ValidatorOf = (name: OperationName) => ValidateFunction;

let loading: Promise<ValidatorOf> | null = null;

/**
 * Loads what requests are validated with; the first request does it else. Schemas and validators take longer to load than all
 * the rest of the server, so that it is done once the server listens.
 */
export function loadValidators(): Promise<ValidatorOf> {
  loading ??= (async () => {
    const [{ operations }, { Ajv }] = await Promise.all([
      import('@skyrocket/contract/operations'),
      import('ajv'),
    ]);
    const ajv = new Ajv({ strict: true, strictTuples: false, allowUnionTypes: true });
    ajv.addKeyword('wire');
    const validators = new Map<OperationName, ValidateFunction>();
    return (name) => {
      const validator = validators.get(name) ?? ajv.compile(operations[name].request);
      validators.set(name, validator);
      return validator;
    };
  })();
  return loading;
}

/**
 * Reads the text of a request, as far as a validator can look at it: `finish` of the wire makes the request of it.
 * @throws SkyrocketError BAD_FILE, BAD_USAGE naming the place in the request
 */
export async function readRequest(body: string, name: OperationName): Promise<unknown> {
  const validate = (await loadValidators())(name);
  const asked = skeleton(parseJson(body, { source: name }), operationTable[name].request);
  if (validate(asked)) return asked;
  throw new SkyrocketError('BAD_USAGE', `${name}: ${faultOf(validate.errors?.[0])}`);
}

function faultOf(error: ErrorObject | undefined): string {
  if (!error) return 'the request is not understood';
  const unknown = error.keyword === 'additionalProperties' ? ` (${error.params.additionalProperty})` : '';
  return `at ${error.instancePath || '/'} it ${error.message}${unknown}`;
}
