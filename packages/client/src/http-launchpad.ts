import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import {
  bodyLimitOf,
  operationPath,
  protocolHeader,
  protocolVersion,
  type Refusal,
  versionHeader,
} from '@skyrocket/contract/protocol';
import { fromWire, toWire } from '@skyrocket/contract/wire';
import { SkyrocketError } from '@skyrocket/model/errors';
import { nodeTransport } from './node-transport.ts';
import type { Transport, TransportReply } from './transport.ts';

/** A server, and who speaks to it. */
export interface ServerAddress {
  /** `https://host:port/base`; without the path of an operation. */
  url: string;
  /** Null: the server is asked without one. */
  token: string | null;
  /** Default: a direct one that trusts what Node trusts. */
  transport?: Transport;
}

type Request<Name extends OperationName> = Parameters<LaunchPad[Name]>[0];
type Reply<Name extends OperationName> = Awaited<ReturnType<LaunchPad[Name]>>;

/** The launchpad of a server. Nothing is asked before the first operation. */
export function httpLaunchPad({ url, token, transport = nodeTransport() }: ServerAddress): LaunchPad {
  const address = { url, token, transport };
  const operation =
    <Name extends OperationName>(name: Name) =>
    (request: Request<Name>): Promise<Reply<Name>> =>
      call(address, name, request ?? {});
  return {
    identity: () => operation('identity')(undefined),
    close: async () => {},
    stateChanges: () => null,
    addWorkflows: operation('addWorkflows'),
    appendWorkflow: operation('appendWorkflow'),
    deleteWorkflows: operation('deleteWorkflows'),
    reset: operation('reset'),
    findFireworks: operation('findFireworks'),
    findWorkflows: operation('findWorkflows'),
    findLaunches: operation('findLaunches'),
    dumpWorkflow: operation('dumpWorkflow'),
    rerun: operation('rerun'),
    pause: operation('pause'),
    resume: operation('resume'),
    defuse: operation('defuse'),
    reignite: operation('reignite'),
    archive: operation('archive'),
    setPriority: operation('setPriority'),
    updateSpecs: operation('updateSpecs'),
    refresh: operation('refresh'),
    registerAgent: operation('registerAgent'),
    findAgent: operation('findAgent'),
    heartbeat: operation('heartbeat'),
    signOff: operation('signOff'),
    claim: operation('claim'),
    start: operation('start'),
    report: operation('report'),
    release: operation('release'),
    workFor: operation('workFor'),
    reserve: operation('reserve'),
    noteReservation: operation('noteReservation'),
    findOwners: operation('findOwners'),
    cancelReservations: operation('cancelReservations'),
    runtimes: operation('runtimes'),
    registerOffline: operation('registerOffline'),
    findOffline: () => operation('findOffline')(undefined),
    tellOffline: operation('tellOffline'),
    forgetOffline: operation('forgetOffline'),
    findChains: () => operation('findChains')(undefined),
    saveChain: operation('saveChain'),
    deadAgents: operation('deadAgents'),
    upkeep: operation('upkeep'),
    createToken: operation('createToken'),
    findToken: operation('findToken'),
    listTokens: () => operation('listTokens')(undefined),
    revokeToken: operation('revokeToken'),
    countByPeriod: operation('countByPeriod'),
    findLostRuns: operation('findLostRuns'),
    declareLost: operation('declareLost'),
    explainLost: operation('explainLost'),
    findOrphans: () => operation('findOrphans')(undefined),
    deleteOrphans: operation('deleteOrphans'),
    unlock: operation('unlock'),
    tuneUp: operation('tuneUp'),
    inspect: () => operation('inspect')(undefined),
    importWorkflows: operation('importWorkflows'),
  };
}

/** A reply is waited for no longer, in milliseconds; what was asked is then safe to ask again. */
const patienceMilliseconds = 120_000;

/** A slow line takes so long for a thousand bytes of a large request. */
const millisecondsPerKilobyte = 2;

async function call<Name extends OperationName>(
  address: Required<ServerAddress>,
  name: Name,
  request: unknown,
): Promise<Reply<Name>> {
  const answer = await ask(address, name, toWire(request, operationTable[name].request));
  const { status, text } = answer;
  if (answer.header(protocolHeader) === null) throw notAServer(address, status);
  if (status < 200 || status > 299) throw refusalOf(address, answer);
  const reply: Reply<Name> = fromWire(text, operationTable[name].reply);
  return reply;
}

async function ask(
  address: Required<ServerAddress>,
  name: OperationName,
  body: string,
): Promise<TransportReply> {
  const { url, token, transport } = address;
  const bytes = Buffer.byteLength(body);
  if (bytes > bodyLimitOf(name)) throw tooLarge(name, bytes);
  try {
    return await transport(`${url.replace(/\/+$/, '')}${operationPath(name)}`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        [protocolHeader]: String(protocolVersion),
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      milliseconds: patienceMilliseconds + Math.ceil(bytes / 1000) * millisecondsPerKilobyte,
    });
  } catch (error) {
    throw unreachable(address, error);
  }
}

function tooLarge(name: OperationName, bytes: number): SkyrocketError {
  const mebibytes = (count: number) => Math.ceil(count / 1024 / 1024);
  return new SkyrocketError(
    'TOO_LARGE',
    `${name}: ${mebibytes(bytes)} MiB are more than the ${mebibytes(bodyLimitOf(name))} that a server takes at once; send less at a time`,
  );
}

function unreachable({ url }: ServerAddress, error: unknown): SkyrocketError {
  const reason = reasonOf(error);
  return new SkyrocketError('STORE_UNAVAILABLE', `the server ${url} does not answer (${reason})`, {
    cause: error,
  });
}

/** `fetch failed` says nothing; what it was caused by does. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('cause' in error && error.cause) return reasonOf(error.cause);
  const reason = String(('message' in error && error.message) || ('code' in error && error.code));
  return /certificate/.test(reason)
    ? `${reason}; a private authority is named with ca: in my_launchpad.yaml`
    : reason;
}

function notAServer({ url }: ServerAddress, status: number): SkyrocketError {
  if (status >= 500) {
    return new SkyrocketError('STORE_UNAVAILABLE', `the server ${url} does not answer (status ${status})`);
  }
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `${url} is no Skyrocket server (it answers with status ${status}); correct url: in my_launchpad.yaml`,
  );
}

function refusalOf(address: ServerAddress, { status, header, text }: TransportReply): SkyrocketError {
  try {
    const { code, message }: Refusal = JSON.parse(text);
    return new SkyrocketError(code, message);
  } catch (error) {
    return new SkyrocketError(
      'STORE_UNAVAILABLE',
      `the server ${address.url} (Skyrocket ${header(versionHeader)}) gave an answer that is not understood (status ${status})`,
      { cause: error },
    );
  }
}
