export interface TypeaheadOptions<Answer> {
  /** Searches for the text. The signal is aborted as soon as something else is typed. */
  search: (text: string, options: { signal: AbortSignal }) => Promise<Answer>;
  /** Called with the answer to the text that was typed last, and with no other. */
  onAnswer: (answer: Answer, text: string) => void;
  /**
   * Called with the reason why there is none, and with what `onAnswer` throws. What this throws itself is an unhandled
   * rejection, which ends a Node process.
   */
  onError: (error: unknown, text: string) => void;
  /** Milliseconds to wait after a keystroke; 200 by default. */
  delay?: number | undefined;
  /** Used instead of the global ones. */
  timers?: TypeaheadTimers | undefined;
}

export interface TypeaheadTimers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Typeahead {
  /** To be called with the text of the box whenever it changes. Aborts the search before, and drops its answer. */
  type(text: string): void;
  /**
   * Asks anew, at once, for the text that was typed last: to be called where something else has changed on which the answer
   * depends, such as a filter. Does nothing before anything was typed.
   */
  refresh(): void;
  /** Aborts and drops whatever is pending. Typing starts it again, and so does `refresh`. */
  stop(): void;
}

const DELAY_MS = 200;

const GLOBAL_TIMERS: TypeaheadTimers = {
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer as number),
};

/** Searches while somebody types: when they pause, and for the last text only. */
export function typeahead<Answer>(options: TypeaheadOptions<Answer>): Typeahead {
  const { search, onAnswer, onError, delay = DELAY_MS, timers = GLOBAL_TIMERS } = options;
  /** The search that is pending. Any other is out of date, and its answer is dropped. */
  let current: { text: string; timer: unknown; abort: AbortController } | null = null;
  let last: string | null = null;

  const stop = () => {
    const ended = current;
    current = null;
    if (!ended) return;
    timers.clearTimeout(ended.timer);
    ended.abort.abort();
  };

  const ask = async (asked: NonNullable<typeof current>) => {
    const { text, abort } = asked;
    const isLast = () => {
      if (current !== asked) return false;
      current = null;
      return true;
    };
    let answer: Answer;
    try {
      answer = await search(text, { signal: abort.signal });
    } catch (error) {
      if (isLast()) onError(error, text);
      return;
    }
    if (!isLast()) return;
    try {
      // It may be asynchronous, whatever its type says.
      await onAnswer(answer, text);
    } catch (error) {
      onError(error, text);
    }
  };

  const begin = (text: string) => {
    stop();
    last = text;
    current = { text, timer: null, abort: new AbortController() };
    return current;
  };

  const type = (text: string) => {
    // A key that changes nothing, such as an arrow, does not start it anew.
    if (current?.text === text) return;
    const asked = begin(text);
    asked.timer = timers.setTimeout(() => void ask(asked), delay);
  };

  const refresh = () => {
    if (last !== null) void ask(begin(last));
  };

  return { type, refresh, stop };
}
