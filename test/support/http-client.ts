import { Agent, request } from 'undici';

export interface HttpRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface HttpReply {
  status: number;
  readonly headers: Headers;
  isJson: boolean;
  text: string;
}

/** Sends many requests at a fraction of the CPU that `fetch` takes for each. It follows no redirects. */
export class HttpClient {
  private readonly agent = new Agent();

  async send(url: string, { method = 'GET', headers, body }: HttpRequest = {}): Promise<HttpReply> {
    const response = await request(url, {
      dispatcher: this.agent,
      method: method as 'GET',
      // As `fetch` has it.
      headers: { accept: '*/*', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.body.text();
    let read: Headers | undefined;
    return {
      status: response.statusCode,
      // Most tests never look at them, and making them is dear.
      get headers() {
        read ??= headersOf(response.headers);
        return read;
      },
      isJson: String(response.headers['content-type']).includes('json'),
      text,
    };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

function headersOf(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  return headers;
}
