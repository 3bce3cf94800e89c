export type Input = Record<string, unknown>;

/** What the tests of every operation need to know of one, beside what it declares. All of it is about the sample data. */
export interface Case {
  /** The tool that all of it leads to, of one that only leads to others: that one's product, scopes and rules hold. */
  leadsTo?: string;
  /** What succeeds, another one each time it is asked for where a write can be made only once. */
  good: Input | ((count: number) => Input);
  /** What is refused with 400, and the parameter that the refusal names. */
  bad: { input: Input; parameter: string }[];
  /**
   * What a policy that allows DEMO and ENG alone makes of it. A list is asked for things in both an allowed place and one
   * that is not, and told by where its rows lie; what belongs to the site is told in full; what lies nowhere and may tell of
   * any place is refused; everything else has inputs on both sides.
   */
  policy:
    | 'site-wide'
    | 'nowhere'
    | { input: Input; inside: string; outside: string }
    | { inside: Input | ((count: number) => Input); outside: Input[] };
  /** The upstream call that fails where Atlassian does, as `METHOD path`. */
  upstream: { cloud: RegExp; data_center: RegExp };
}
