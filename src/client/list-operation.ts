import type { AllOptions, CallOptions, ListOperation, ListPage } from './shapes.ts';

type ListArgs = Record<string, unknown>;

/** What gives one page, with the two ways through all of them. */
export function listOperation(
  ask: (args: ListArgs, options?: CallOptions) => Promise<ListPage<unknown>>,
): ListOperation<ListArgs | undefined, unknown> {
  async function* pages(args: ListArgs = {}, options?: CallOptions) {
    for (let { cursor } = args; ; ) {
      const page = await ask({ ...args, cursor }, options);
      yield page;
      const { next_cursor: next } = page;
      // One that comes back unchanged would go on for ever.
      if (next == null || next === cursor) return;
      cursor = next;
    }
  }

  async function* all(args?: ListArgs, { max = Number.POSITIVE_INFINITY, ...options }: AllOptions = {}) {
    let left = max;
    // Of none, no page is asked for.
    if (!(left > 0)) return;
    for await (const { items } of pages(args, options)) {
      for (const item of items) {
        // An abort between two items ends it as one during a call does.
        options.signal?.throwIfAborted();
        yield item;
        left -= 1;
        if (!(left > 0)) return;
      }
    }
  }

  return Object.assign((args: ListArgs = {}, options?: CallOptions) => ask(args, options), { pages, all });
}
