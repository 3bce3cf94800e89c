export type DatabaseConfig = { kind: 'sqlite'; path: string } | { kind: 'postgres'; url: string } | { kind: 'memory' };

/** What is wrong with a database URL, to be read after the setting's name. Never holds anything of the URL. */
export interface DatabaseUrlProblem {
  problem: string;
}

const NOT_SHOWN = '(its value is not shown, it may contain a password)';
const FORMS = `must be file:<path>, postgres://<user>:<password>@<host>/<database> or memory: ${NOT_SHOWN}`;
const ENCODE = `cannot be read: percent-encode the user name and the password, in which blanks and # / ? @ % have another meaning; node -p "encodeURIComponent('…')" prints the encoded form ${NOT_SHOWN}`;
const ONE_HOST = `names several hosts, which is not supported: use one that always leads to the primary ${NOT_SHOWN}`;
const NO_HOST = `has no host: put it after the @, or add ?host=/path for the folder of a Unix socket ${NOT_SHOWN}`;
const SSL_MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];
const SSL_MODE = `has an unknown sslmode: it must be verify-full, no-verify or disable ${NOT_SHOWN}`;

const POSTGRES = /^postgres(?:ql)?:\/\/(?<authority>[^/?#]*)(?<rest>.*)$/s;

/** The database that a URL names. */
export function readDatabaseUrl(url: string): DatabaseConfig | DatabaseUrlProblem {
  if (url === 'memory:') return { kind: 'memory' };
  if (/^postgres(?:ql)?:\/\//.test(url)) return readPostgresUrl(url);
  // In `file://data/x.db` data would be a host, and `:memory:` would be the engine's own name for no file at all.
  const path = /^file:(?:\/\/(?=\/(?!\/)))?((?!\/\/|:memory:)[^?]+)$/.exec(url)?.[1];
  return path === undefined ? { problem: FORMS } : { kind: 'sqlite', path };
}

function readPostgresUrl(url: string): DatabaseConfig | DatabaseUrlProblem {
  const { authority = '', rest = '' } = POSTGRES.exec(url)?.groups ?? {};
  const [path = ''] = rest.split('?');
  // A mark of the URL's own in the password ends what stands before the host, and the @ comes after it. Of a # in `.env`
  // nothing is left behind it, and where there is a blank the driver encodes everything once more.
  const isCut = rest === '' && authority.includes(':') && !authority.includes('@');
  const isShifted = path.includes('@') || rest.includes('#') || (rest.includes('@') && !authority.includes('@'));
  if (isCut || isShifted || /\s/.test(url)) return { problem: ENCODE };
  const parsed = parsePostgresUrl(url);
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) return { problem: ONE_HOST };
  if (!parsed || parsed.pathname.length < 2) return { problem: FORMS };
  if (!isDecodable(parsed.username) || !isDecodable(parsed.password)) return { problem: ENCODE };
  const host = parsed.searchParams.get('host');
  if (host?.includes(',')) return { problem: ONE_HOST };
  if (authority.endsWith('@') && !host) return { problem: NO_HOST };
  const sslMode = parsed.searchParams.get('sslmode');
  if (sslMode !== null && !SSL_MODES.includes(sslMode)) return { problem: SSL_MODE };
  return { kind: 'postgres', url };
}

/** `postgres://user:password@/database?host=/folder` has no host, which only URLs of PostgreSQL may lack. */
function parsePostgresUrl(url: string): URL | null {
  const whole = url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?#]|$)/, '$1localhost');
  return URL.canParse(whole) ? new URL(whole) : null;
}

/** What an operator calls the database; without user name, password and parameters. */
export function databaseName(database: DatabaseConfig): string {
  if (database.kind === 'memory') return 'memory:';
  if (database.kind === 'sqlite') return database.path;
  const parsed = parsePostgresUrl(database.url);
  if (!parsed) return 'postgres:';
  const { host, pathname, searchParams } = parsed;
  const other = searchParams.get('host');
  if (other?.startsWith('/')) return `postgres://${pathname}?host=${other}`;
  return `postgres://${other ?? host}${pathname}`;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
