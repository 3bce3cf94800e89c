export const HOUR_MS = 60 * 60 * 1000;

/** The newest sample item is a little older than this moment. Fixed, so that the sample data never changes. */
export const SEED_EPOCH = Date.UTC(2026, 9, 1, 9, 0, 0);

/**
 * Spreads the items of one list over the 200 days before the epoch, the first the oldest; `updated` falls somewhere
 * between creation and the epoch. Epoch milliseconds.
 */
export function seededTimes(index: number, count: number, salt: number): { created: number; updated: number } {
  const span = 200 * 24 * HOUR_MS;
  const wobble = ((index * 7919 + salt * 104_729) % 1000) / 1000;
  const created = SEED_EPOCH - Math.round((span * (count - index - wobble * 0.8)) / count) - HOUR_MS;
  const life = ((index * 6007 + salt * 7193) % 1000) / 1000;
  const updated = created + Math.round((SEED_EPOCH - created) * life * 0.9);
  return { created: wholeSecond(created), updated: wholeSecond(updated) };
}

function wholeSecond(ms: number): number {
  return ms - (ms % 1000);
}
