// Sends requests as fast as they are answered, or counts how long each takes.
import { Pool } from 'undici';

/** Keep-alive connections to one server, as many as requests are under way. */
export class Load {
  constructor(origin, connections) {
    this.connections = connections;
    this.pool = new Pool(origin, { connections, pipelining: 1 });
  }

  /**
   * Loads the server for `ms`.
   * @param requestOf gives the next request: `{ method, path, headers, body }`
   * @returns how many were answered, in how many seconds, and how long each took in ms, in order
   */
  async run(ms, requestOf, status) {
    const times = [];
    const began = performance.now();
    const one = async () => {
      while (performance.now() - began < ms) {
        const sentAt = performance.now();
        const answer = await this.pool.request(requestOf());
        const text = await answer.body.text();
        if (answer.statusCode !== status) throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 300)}`);
        times.push(performance.now() - sentAt);
      }
    };
    await Promise.all(Array.from({ length: this.connections }, one));
    return { seconds: (performance.now() - began) / 1_000, times: times.sort((a, b) => a - b) };
  }

  close() {
    return this.pool.destroy();
  }
}
