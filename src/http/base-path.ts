import type { FastifyInstance } from 'fastify';

/**
 * The path below which a proxy shows this service to the world, as `PUBLIC_BASE_URL` has it. Most proxies strip it; of
 * one that does not, the path is taken off here.
 */
export class BasePath {
  /** The first segments of our own routes. */
  private readonly own = new Set<string>();

  /** @param path without a trailing slash; empty at the root of a host */
  constructor(private readonly path: string) {}

  /** Learns every route that is added from now on. */
  learn(app: FastifyInstance): void {
    app.addHook('onRoute', ({ url }) => void this.own.add(firstSegment(url)));
  }

  /**
   * The request's target as our routes know it. Below a path that begins like one of them, such as `/api`, nobody can
   * tell what was stripped already, so nothing is.
   */
  strip(target: string): string {
    const { path } = this;
    if (path === '' || !target.startsWith(path) || this.own.has(firstSegment(path))) return target;
    const rest = target.slice(path.length);
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : target;
  }
}

const firstSegment = (path: string): string => path.split('/')[1] ?? '';
