export interface TypeaheadOptions<Answer> {
  /** Asks for what was typed. It is given the signal by which it ends when more is typed. */
  search: (text: string, options: { signal: AbortSignal }) => Promise<Answer>;
  /** Told the answer to what was typed last, and no other. */
  onAnswer: (answer: Answer, text: string) => void;
  /** Told why there is none. */
  onError: (error: unknown, text: string) => void;
  /** Milliseconds without a keystroke before it asks: 200 unless told otherwise. */
  delay?: number | undefined;
  /** Instead of the global ones. */
  timers?: TypeaheadTimers | undefined;
}

export interface TypeaheadTimers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Typeahead {
  /** Takes what stands in the box now. What was asked before is aborted, and its answer is not told. */
  type(text: string): void;
  /** Ends what is pending or asked; nothing more is told unless something is typed again. */
  stop(): void;
}

const DELAY_MS = 200;

const GLOBAL_TIMERS: TypeaheadTimers = {
  setTimeout: (run, ms) => globalThis.setTimeout(run, ms),
  clearTimeout: (timer) => globalThis.clearTimeout(timer as number),
};

/** Searches while somebody types: once they pause, and for the last text alone. */
export function typeahead<Answer>(options: TypeaheadOptions<Answer>): Typeahead {
  const { search, onAnswer, onError, delay = DELAY_MS, timers = GLOBAL_TIMERS } = options;
  /** What is waited for. Whoever is no longer in this place is not told. */
  let current: { text: string; timer: unknown; abort: AbortController } | null = null;

  const stop = () => {
    const ended = current;
    current = null;
    if (!ended) return;
    timers.clearTimeout(ended.timer);
    ended.abort.abort();
  };

  const ask = async (asked: NonNullable<typeof current>) => {
    const { text, abort } = asked;
    let tell: () => void;
    try {
      const answer = await search(text, { signal: abort.signal });
      tell = () => onAnswer(answer, text);
    } catch (error) {
      tell = () => onError(error, text);
    }
    if (current !== asked) return;
    current = null;
    tell();
  };

  const type = (text: string) => {
    // Keys that change nothing, such as an arrow, do not start it anew.
    if (current?.text === text) return;
    stop();
    const asked = { text, timer: null as unknown, abort: new AbortController() };
    current = asked;
    asked.timer = timers.setTimeout(() => void ask(asked), delay);
  };

  return { type, stop };
}
