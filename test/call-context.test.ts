import { expect, it } from 'vitest';
import { CallEnd } from '../src/call-context.ts';

it('tells each listener once, the first reason, and nobody who has left', () => {
  const end = new CallEnd();
  const told: string[] = [];
  const second = () => told.push('second');
  const first = () => {
    told.push('first');
    end.removeEventListener('abort', second);
  };
  const twice = () => told.push('twice');
  for (const listener of [first, second, twice, twice]) end.addEventListener('abort', listener);
  end.abort(new Error('one'));
  end.abort(new Error('two'));
  expect({ told, reason: end.reason?.message }).toEqual({ told: ['first', 'twice'], reason: 'one' });
});
