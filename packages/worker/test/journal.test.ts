import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { LaunchReport } from '@skyrocket/contract/running';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { launchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { Float, type UserValue } from '@skyrocket/model/user-data';
import { type Journal, type JournalOwner, openJournal } from '../src/journal.ts';
import { type JournalContent, parseJournal } from '../src/journal-reading.ts';

let spool: string;
let journal: Journal;

const owner: JournalOwner = {
  agentId: 'agent-1' as AgentId,
  pid: 1,
  processStart: 'start',
  host: 'node1',
  launchpad: 'lp',
};

beforeEach(() => {
  spool = mkdtempSync(join(tmpdir(), 'skyrocket-journal-'));
  journal = openJournal(spool, owner);
});

afterEach(() => {
  journal.close();
  rmSync(spool, { recursive: true, force: true });
});

const id = (n: number) => launchId(n);
const started = (n: number) => ({ launchId: id(n), token: token(n), launchpad: 'lp', dir: `/dir/${n}` });
const token = (n: number) => `token-${n}` as StartToken;

function report(n: number, stored: [string, UserValue][] = []): LaunchReport {
  return {
    launchpad: 'lp',
    launchId: id(n),
    token: token(n),
    state: 'COMPLETED',
    action: { ...emptyAction(), storedData: new Map(stored) },
    endedOn: timestamp(1_700_000_000_000),
  };
}

const ended = (n: number, stored?: [string, UserValue][]) => ({
  report: report(n, stored),
  dir: `/dir/${n}`,
});

function read(text = readFileSync(journal.path, 'utf8')): JournalContent {
  const content = parseJournal(journal.path, text);
  if (!content) throw new Error('it is no journal');
  return content;
}

const untold = (content: JournalContent) => content.untold.map((one) => Number(one.report.launchId));

describe('a journal', () => {
  it('says whose it is, and holds nothing at first', () => {
    expect(read()).toEqual({ path: journal.path, owner, untold: [], unreadable: 0 });
  });

  it('holds results of Launches that were started and have ended', () => {
    journal.started([started(1), started(2)]);
    journal.ended([ended(1)]);
    expect(read().untold).toEqual([ended(1)]);
  });

  it('holds results until they are told', () => {
    journal.started([started(1), started(2)]);
    journal.ended([ended(1), ended(2)]);
    expect(journal.told([id(1)])).toBe(true);
    expect(untold(read())).toEqual([2]);
  });

  it('keeps user data as it is', () => {
    const stored: [string, UserValue][] = [
      ['10', new Float(1)],
      ['__proto__', 2n ** 70n],
      ['2', [Number.NaN, new Map([['b', null]])]],
    ];
    journal.ended([ended(1, stored)]);
    expect([...(read().untold[0]?.report.action.storedData ?? [])]).toEqual(stored);
  });

  it('keeps all that an action asks for', () => {
    const asked: FWAction = {
      ...emptyAction(),
      exit: true,
      updateSpec: new Map([['empty', new Map()]]),
      modSpec: [new Map([['_push', new Map([['list', false]])]])],
      defuseChildren: true,
      propagate: true,
    };
    const entry = { ...ended(1), report: { ...report(1), action: asked } };
    journal.ended([entry]);
    expect(read().untold).toEqual([entry]);
  });

  it('is removed when everything was told, and stays when not', () => {
    journal.started([started(1)]);
    journal.ended([ended(1)]);
    journal.told([id(1)]);
    journal.close();
    expect(readdirSync(spool)).toEqual([]);

    const second = openJournal(spool, { ...owner, agentId: 'agent-2' as AgentId });
    second.started([started(2)]);
    second.close();
    expect(existsSync(second.path)).toBe(true);
  });

  it('stays short however much is told, and loses nothing that is not', () => {
    const text = 'x'.repeat(100_000);
    journal.started([started(7), started(8)]);
    journal.ended([ended(7, [['kept', 'yes']])]);
    for (let n = 100; n < 140; n++) {
      journal.started([started(n)]);
      journal.ended([ended(n, [['text', text]])]);
      journal.told([id(n)]);
    }
    expect(statSync(journal.path).size).toBeLessThan(2 * 1024 * 1024);
    expect(read()).toMatchObject({ owner, untold: [ended(7, [['kept', 'yes']])] });
    expect(readFileSync(journal.path, 'utf8')).toContain('{"started": 8');
  });

  it('cannot be made where nothing can be written', () => {
    expect(() => openJournal(join(journal.path, 'below'), owner)).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIGURATION' }),
    );
  });
});

describe('a journal that was cut off by a crash', () => {
  it('tells, at every point, what was whole before it', () => {
    journal.started([started(1), started(2)]);
    journal.ended([ended(1)]);
    journal.told([id(1)]);
    journal.ended([ended(2)]);
    const text = readFileSync(journal.path, 'utf8');
    const ends = [...text.matchAll(/\n/g)].map((match) => match.index + 1);
    for (let length = ends[0] ?? 0; length <= text.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      const expected = [[], [], [], [1], [], [2]][whole - 1];
      const content = read(text.slice(0, length));
      expect([untold(content), content.unreadable]).toEqual([expected, 0]);
    }
  });

  it('is none when not even its first line is whole', () => {
    const text = readFileSync(journal.path, 'utf8');
    for (let length = 0; length < text.length; length++)
      expect(parseJournal(journal.path, text.slice(0, length))).toBeNull();
  });

  it('tells the rest when a line in it was damaged, and counts that one', () => {
    journal.ended([ended(1)]);
    appendFileSync(journal.path, '{"ended": {"launch_id": \u0000\u0000\n{"what": 1}\n');
    journal.ended([ended(2)]);
    expect(untold(read())).toEqual([1, 2]);
    expect(read().unreadable).toBe(2);
  });
});
