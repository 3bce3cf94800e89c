/**
 * What is known at once, or will be. To wait for the former takes a promise and a turn of all that wait, and a call passes a
 * dozen such places before anything is sent.
 */
export type MaybePromise<T> = T | Promise<T>;

/** What `next` makes of a value, at once where it is there. */
export function andThen<T, Result>(value: MaybePromise<T>, next: (value: T) => MaybePromise<Result>) {
  return value instanceof Promise ? value.then(next) : next(value);
}
