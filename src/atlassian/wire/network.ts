import { lookup } from 'node:dns/promises';
import { isIP, isIPv4 } from 'node:net';
import { buildConnector } from 'undici';
import type { Hosts } from './hosts.ts';
import { isPublicAddress } from './ip-addresses.ts';

/** How many addresses of each family are tried for one connection: each may take the whole connect time-out. */
const TRIES_PER_FAMILY = 2;

/** The name of a site leads to an address that is not one of the public internet, or to none. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export interface Network {
  /** Every address of a host name. */
  resolve: (hostname: string) => Promise<string[]>;
  /** Opens a connection to `hostname`, which is an address where the name was resolved here. */
  open: buildConnector.connector;
}

/** The network of this machine. */
export function systemNetwork(connectTimeoutMs: number): Network {
  return {
    resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
    open: buildConnector({ timeout: connectTimeoutMs }),
  };
}

/**
 * Opens connections for undici's `Agent`. Where the operator did not name the origin, the name is resolved once, every
 * address has to be public, and the connection goes to one of these very addresses: another answer of the name server
 * a moment later changes nothing. TLS still checks the certificate against the name. What is refused fails with
 * `AddressRefused`.
 */
export function guardedConnector(hosts: Hosts, { resolve, open }: Network): buildConnector.connector {
  return (options, callback) => {
    const { protocol, hostname, port } = options;
    if (hosts.isNamed(originOf(protocol, hostname, port))) return open(options, callback);
    const addresses = isIP(hostname) === 0 ? resolve(hostname) : Promise.resolve([hostname]);
    addresses
      .then((found) => {
        if (found.length === 0 || !found.every(isPublicAddress)) {
          throw new AddressRefused(`${hostname} resolves to ${found.join(', ') || 'no address'}`);
        }
        openFirst(open, options, inTurn(found), callback);
      })
      .catch((error: Error) => callback(error, null));
  };
}

/** How long the look-up of a name may take where a proxy may be the only one that can look it up, in milliseconds. */
const LOOK_UP_MS = 1_000;
/** How long a name that was checked is not looked up again. */
const CHECKED_MS = 60_000;
const MAX_CHECKED = 1_000;

/**
 * Checks the addresses of what is called through a proxy, before the proxy hears of it. The proxy looks the name up once
 * more, so this is less than `guardedConnector` promises; and where names can be looked up by the proxy alone, what it
 * connects to is its own decision.
 */
export class ProxiedAddresses {
  private readonly checked = new Map<string, { until: number; outcome: Promise<void> }>();

  constructor(
    private readonly hosts: Hosts,
    private readonly resolve: Network['resolve'],
    /** Milliseconds of a clock that only goes forward. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws AddressRefused where the origin was not named by the operator and leads to an address that is not public. */
  async check({ hostname, origin }: URL): Promise<void> {
    if (this.hosts.isNamed(origin)) return;
    const known = this.checked.get(hostname);
    if (known && this.now() < known.until) return known.outcome;
    const outcome = this.look(hostname.replace(/^\[|\]$/g, ''));
    this.checked.delete(hostname);
    this.checked.set(hostname, { until: this.now() + CHECKED_MS, outcome });
    const [oldest] = this.checked.keys();
    if (oldest !== undefined && this.checked.size > MAX_CHECKED) this.checked.delete(oldest);
    return outcome;
  }

  private async look(hostname: string): Promise<void> {
    const unknown = new Promise<string[]>((done) => setTimeout(done, LOOK_UP_MS, []).unref());
    const found = isIP(hostname) ? [hostname] : await Promise.race([this.resolve(hostname).catch(() => []), unknown]);
    if (!found.every(isPublicAddress)) throw new AddressRefused(`${hostname} resolves to ${found.join(', ')}`);
  }
}

/** IPv4 first: every Cloud site has it, and many machines have IPv6 addresses that lead nowhere. */
function inTurn(addresses: string[]): string[] {
  const family = (wanted: boolean) => addresses.filter((address) => isIPv4(address) === wanted);
  return [...family(true).slice(0, TRIES_PER_FAMILY), ...family(false).slice(0, TRIES_PER_FAMILY)];
}

/** Tries one address after the other. */
function openFirst(
  open: buildConnector.connector,
  options: buildConnector.Options,
  [address, ...others]: string[],
  callback: buildConnector.Callback,
): void {
  // TLS knows server names only, no addresses.
  const servername = options.servername || (isIP(options.hostname) === 0 ? options.hostname : '');
  open({ ...options, hostname: address as string, servername }, (...result) => {
    const [error] = result;
    if (error && others.length > 0) openFirst(open, options, others, callback);
    else callback(...result);
  });
}

function originOf(protocol: string, hostname: string, port: string): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return new URL(`${protocol}//${host}:${port}`).origin;
}
