export interface ListenTarget {
  host: string;
  port: number;
  /** The setting that the port comes from. */
  portSetting: 'PORT' | 'SANDBOX_PORT';
}

/** Why a port could not be listened on, and which setting to change; other errors as they are. */
export function listenProblem(error: unknown, { host, port, portSetting }: ListenTarget): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const sentences: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use: stop whatever is listening there, or set ${portSetting} to another port`,
    EACCES: `Port ${port} may not be used by this user: set ${portSetting} to a port above 1023`,
    EADDRNOTAVAIL: `HOST is ${host}, which is not an address of this machine: set it to one that is, such as 127.0.0.1 or 0.0.0.0`,
    ENOTFOUND: `HOST is ${host}, a name that resolves to no address: set it to an address of this machine, such as 127.0.0.1 or 0.0.0.0`,
  };
  const sentence = sentences[code === 'EAI_AGAIN' ? 'ENOTFOUND' : (code ?? '')];
  return sentence === undefined ? error : new Error(sentence, { cause: error });
}
