import { sandboxPats } from '../../../src/sandbox/sandbox.ts';
import { type Answer, Bench, type Json, jira } from '../harness.ts';

export type Edition = 'Cloud' | 'Data Center';
export const EDITIONS: readonly Edition[] = ['Cloud', 'Data Center'];

export const doc = (...lines: string[]): Json => ({
  type: 'doc',
  version: 1,
  content: lines.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
});

/** Jira of one edition, as anna sees it. */
export class JiraBench {
  readonly #edition: Edition;
  readonly bench: Bench;
  readonly token: string | null;

  private constructor(edition: Edition, bench: Bench, token: string | null) {
    this.#edition = edition;
    this.bench = bench;
    this.token = token;
  }

  static async start(edition: Edition): Promise<JiraBench> {
    const bench = await Bench.start();
    const onCloud = edition === 'Cloud';
    return new JiraBench(edition, bench, onCloud ? (await bench.connect()).access_token : sandboxPats('anna').jira);
  }

  get onCloud(): boolean {
    return this.#edition === 'Cloud';
  }

  path(path: string): string {
    return this.onCloud ? jira(path) : `/dc/jira/rest/api/2${path}`;
  }

  /** What the API's own links begin with. */
  get api(): string {
    return `${this.bench.base}${this.path('')}`;
  }

  /** A text as this edition writes it. */
  rich(...lines: string[]): Json {
    return this.onCloud ? doc(...lines) : lines.join('\n');
  }

  /** A person as this edition names one. */
  person(answer: Json): string {
    return this.onCloud ? answer.accountId : answer.name;
  }

  get(path: string): Promise<Answer> {
    return this.bench.get(this.path(path), this.token);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.bench.post(this.path(path), this.token, body);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.bench.put(this.path(path), this.token, body);
  }

  delete(path: string): Promise<Answer> {
    return this.bench.delete(this.path(path), this.token);
  }

  async fields(key: string, names?: string): Promise<Json> {
    return (await this.get(`/issue/${key}${names === undefined ? '' : `?fields=${names}`}`)).body.fields;
  }
}

export const MISSING = {
  status: 404,
  body: { errorMessages: ['Issue does not exist or you do not have permission to see it.'], errors: {} },
};

export const answerOf = ({ status, body }: Answer) => ({ status, body });
