import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ConstraintError } from './dialect.ts';
import { sqliteKysely } from './sqlite-connection.ts';

function open() {
  const told: string[] = [];
  const database = new Database(':memory:', { verbose: (text) => told.push(String(text)) });
  database.exec('create table settings (name text primary key, value text not null)');
  const db = sqliteKysely(database);
  const put = (name: string) => db.insertInto('settings').values({ name, value: 'x' }).execute();
  const names = async () =>
    (await db.selectFrom('settings').select('name').orderBy('name').execute()).map((row) => row.name);
  const commits = () => told.filter((text) => text === 'commit').length;
  return { db, put, names, commits };
}

test('writes of the same moment share one commit; one that is refused takes only itself back', async () => {
  const { put, names, commits } = open();
  const ended = await Promise.allSettled([put('a'), put('b'), put('a'), put('c')]);
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(ended[2]).toMatchObject({ reason: expect.any(ConstraintError) });
  expect(await names()).toEqual(['a', 'b', 'c']);
  expect(commits()).toBe(1);
});

test('a transaction has the database to itself: what comes beside it waits, and is not taken back with it', async () => {
  const { db, put, names } = open();
  let beside: Promise<unknown> = Promise.resolve();
  const failed = db.transaction().execute(async (inside) => {
    await inside.insertInto('settings').values({ name: 'inside', value: 'x' }).execute();
    beside = put('beside');
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  await beside;
  expect(await names()).toEqual(['beside']);
});

test('all take their turns in the order they came', async () => {
  const { db, put } = open();
  const order: string[] = [];
  const transaction = (name: string) =>
    db.transaction().execute(async (inside) => {
      await inside.insertInto('settings').values({ name, value: 'x' }).execute();
      order.push(name);
    });
  const all = [transaction('1'), transaction('2'), put('3').then(() => order.push('3')), transaction('4')];
  await Promise.all(all);
  expect(order).toEqual(['1', '2', '3', '4']);
});
