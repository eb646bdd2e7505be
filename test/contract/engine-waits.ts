import { expect, it } from 'vitest';
import { type ErrorCode, SalternError } from '../../src/core/error.ts';
import type { Step, StepRecord } from '../../src/core/operation.ts';
import { createClock } from '../../src/lib/clock.ts';
import { steppedClock } from './engine-clock.ts';
import { createHarness, define, type EngineFactory, soon } from './engine-harness.ts';

export function waitContract(factory: EngineFactory): void {
  const table: [ErrorCode, { retry?: boolean }, number][] = [
    ['unavailable', {}, 8],
    ['timeout', {}, 8],
    ['rate_limited', {}, 20],
    ['forbidden', { retry: true }, 3],
    ['conflict', { retry: true }, 8],
    ['unavailable', { retry: false }, 1],
    ['quota', {}, 1],
    ['internal', {}, 1],
  ];
  for (const [code, details, tries] of table) {
    it(`tries ${code}${'retry' in details ? ` (retry: ${details.retry})` : ''} ${tries} times`, async () => {
      let tried = 0;
      const operation = define('always', (step) =>
        step.run('ask', async () => {
          tried += 1;
          throw new SalternError(code, 'no', details);
        }),
      );
      const h = await createHarness(factory, { operations: [operation], clock: steppedClock() });
      const { id, status, error } = await h.run(operation, null);
      expect({ status, code: error?.code, tried }).toEqual({ status: 'failed', code, tried: tries });
      expect(await h.step(id, 'ask')).toMatchObject({ status: 'failed', attempts: tries, error: { code } });
    });
  }

  it('says what it tries again, and waits as long as the backend asked for', async () => {
    const told: (string | null)[] = [];
    let tried = 0;
    const operation = define('patient', (step) =>
      step.run('ask', async () => {
        tried += 1;
        if (tried < 3) throw new SalternError('rate_limited', 'slow down', { retryAfterMs: 30_000 });
        return tried;
      }),
    );
    const clock = createClock(1000);
    const listener = { operation: () => {}, log: () => {}, step: (_: unknown, s: StepRecord) => told.push(s.progress) };
    const h = await createHarness(factory, { operations: [operation], clock, listener });
    const begun = clock.now();
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded', output: 3 });
    expect(clock.now() - begun).toBeGreaterThanOrEqual(60_000);
    expect(told.filter(Boolean)[0]).toMatch(/^rate_limited, trying again in 30 s \(2 of 20\)$/);
  });

  it('looks until there is an answer; errors that pass are "not yet"', async () => {
    const answers = [null, new SalternError('unavailable', 'booting'), null, 'there'];
    const operation = define('look', (step) =>
      step.until(
        'see',
        async () => {
          const answer = answers.shift() ?? null;
          if (answer instanceof Error) throw answer;
          return answer;
        },
        { timeoutMs: 60_000, everyMs: 100, maxEveryMs: 1000 },
      ),
    );
    const h = await createHarness(factory, { operations: [operation] });
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded', output: 'there' });
    expect(answers).toEqual([]);
  });

  it('gives up at the deadline, and says what it saw last and what to do', async () => {
    const clock = steppedClock();
    const looks: number[] = [];
    const operation = define('late', (step) =>
      step.until(
        'ssh answers',
        async ({ progress }) => {
          looks.push(clock.now());
          progress('connection refused');
          return null;
        },
        { timeoutMs: 10_000, everyMs: 3000, hint: 'Open port 22.' },
      ),
    );
    const h = await createHarness(factory, { operations: [operation], clock });
    const { error } = await h.run(operation, null);
    expect(error).toMatchObject({ code: 'timeout', hint: 'Open port 22.' });
    expect(error?.message).toBe('ssh answers: not within 10 s; last seen: connection refused');
    expect(looks.map((at) => at - (looks[0] ?? 0))).toEqual([0, 3000, 6000, 9000, 10_000]);
  });

  it('waits aside: others of its queue have their turn, and it has a place again before it goes on', async () => {
    let [atWork, most] = [0, 0];
    const busy = (step: Step, name: string) =>
      step.run(name, async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise((resolve) => setTimeout(resolve, 5));
        atWork -= 1;
      });
    const ended: string[] = [];
    // Each waits for one that comes after it in the other's queue, or in its own.
    const operation = define('requires', async (step, { name, of }: { name: string; of: string | null }) => {
      if (of) {
        const wait = { timeoutMs: 60_000, everyMs: 100, aside: true };
        await step.until('required', async () => ended.includes(of) || null, wait);
      }
      await busy(step, 'work');
      ended.push(name);
    });
    const h = await createHarness(factory, { operations: [operation], limits: () => 1 });
    const asked = [
      ['a1', 'b2', 'a'],
      ['b1', 'a2', 'b'],
      ['a2', null, 'a'],
      ['b2', 'a3', 'b'],
      ['a3', null, 'a'],
    ] as const;
    const ids: string[] = [];
    for (const [name, of, queue] of asked) ids.push((await h.start(operation, { name, of }, { queue })).id);
    await h.restart();
    const ends = await Promise.all(ids.map((id) => h.engine.wait(id)));
    expect(ends.map(({ status }) => status)).toEqual(asked.map(() => 'succeeded'));
    expect(most).toBeLessThanOrEqual(2);
  });

  it('counts the deadline from the first start, over a restart, and still looks once after it', async () => {
    const clock = steppedClock();
    let looks = 0;
    let there = false;
    const operation = define('resumed', (step) =>
      step.until(
        'see',
        async () => {
          looks += 1;
          return there ? 'there' : null;
        },
        { timeoutMs: 10_000, everyMs: 1000 },
      ),
    );
    const crashPoint = (_: string, __: string, at: string) => (at === 'during' ? h.crash() : undefined);
    const h = await createHarness(factory, { operations: [operation], clock, crashPoint });
    const lost = await h.start(operation, null);
    await soon(() => looks).toBe(1);
    clock.jump(60_000);
    await h.restart();
    expect((await h.engine.wait(lost.id)).error?.code).toBe('timeout');
    expect(looks).toBe(2);

    await h.restart({ crashPoint });
    const found = await h.start(operation, null);
    await soon(() => looks).toBe(3);
    clock.jump(60_000);
    there = true;
    await h.restart();
    expect(await h.engine.wait(found.id)).toMatchObject({ status: 'succeeded', output: 'there' });
  });

  it('does not count the time in which the laptop slept', async () => {
    const clock = steppedClock();
    let looks = 0;
    const operation = define('slept', (step) =>
      step.until(
        'see',
        async () => {
          looks += 1;
          if (looks === 3) clock.jump(3_600_000);
          return looks === 8 ? 'there' : null;
        },
        { timeoutMs: 10_000, everyMs: 1000 },
      ),
    );
    const h = await createHarness(factory, { operations: [operation], clock });
    expect(await h.run(operation, null)).toMatchObject({ status: 'succeeded', output: 'there' });
  });

  it('does give up on looks that hang and time out themselves', async () => {
    const clock = steppedClock();
    const operation = define('hang', (step) =>
      step.until(
        'see',
        async () => {
          for (let slept = 0; slept < 60_000; slept += 1000) await clock.sleep(1000);
          throw new SalternError('timeout', 'no answer in 60 s');
        },
        { timeoutMs: 300_000, everyMs: 1000 },
      ),
    );
    const h = await createHarness(factory, { operations: [operation], clock });
    const record = await h.run(operation, null);
    expect(record.error?.message).toContain('no answer in 60 s');
    expect(clock.now() - record.createdAt).toBeLessThan(600_000);
  });
}
