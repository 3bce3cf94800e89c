/** A realistic mistake, and the test that notices it. */
export interface Defect {
  /** What is wrong with the defect in place. */
  name: string;
  /** Matches at exactly one place in all of `src/`, wherever that moves to. */
  find: RegExp;
  /** As for `String.replace`. */
  replace: string;
  /** Its title as the runner reports it: those of the describe blocks and its own, parted by ` > `. */
  test: { file: string; title: string };
}
