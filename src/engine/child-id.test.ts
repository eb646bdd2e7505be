import { expect, it } from 'vitest';
import { isId, newId } from '../lib/ids.ts';
import { childId } from './child-id.ts';

it('children have ids of their own, the same in every process, in their order', () => {
  const parent = '01JZ8XQ4T0ABCDEFGHJKMNPQRS';
  expect(childId(parent, 3, 0)).toBe(childId(parent, 3, 0));
  const ids = Array.from({ length: 2000 }, (_, index) => childId(parent, 3, index));
  expect(ids.every(isId)).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
  const others = [childId(parent, 4, 0), childId(newId(), 3, 0), childId('not an id of ours', 3, 0)];
  expect(new Set([...ids, ...others]).size).toBe(2003);
});
