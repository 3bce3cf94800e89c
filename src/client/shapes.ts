// What every call and every list of the client has. It stands apart from the operations, which are generated.

export interface CallOptions {
  /** Ends the call: it rejects with the signal's own reason, as `fetch` does. */
  signal?: AbortSignal | undefined;
  /** Further headers of this call, such as `{ 'X-Request-Id': … }` or `{ 'X-Read-Only': 'true' }`. */
  headers?: Record<string, string> | undefined;
}

export interface AllOptions extends CallOptions {
  /** Ends the list after so many items, whatever the size of its pages. */
  max?: number | undefined;
}

/** One page of a list. */
export interface ListPage<Item> {
  items: Item[];
  /** The `cursor` of the page after this one; null on the last. */
  next_cursor: string | null;
}

/** A list. A call gives one page of it. */
export interface ListOperation<Args, Item> {
  (args: Args, options?: CallOptions): Promise<ListPage<Item>>;
  /** Page after page, each requested once the one before has been used. `limit` is the size of a page. */
  pages(args: Args, options?: CallOptions): AsyncGenerator<ListPage<Item>, void, undefined>;
  /** Item after item, through all pages. `limit` is the size of a page; `max` ends it early. */
  all(args: Args, options?: AllOptions): AsyncGenerator<Item, void, undefined>;
}

/** A list that needs no arguments. */
export interface OpenListOperation<Args, Item> extends ListOperation<Args, Item> {
  (args?: Args, options?: CallOptions): Promise<ListPage<Item>>;
  pages(args?: Args, options?: CallOptions): AsyncGenerator<ListPage<Item>, void, undefined>;
  all(args?: Args, options?: AllOptions): AsyncGenerator<Item, void, undefined>;
}
