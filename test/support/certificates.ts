import { generate } from 'selfsigned';

const YEAR_MS = 366 * 86_400_000;

/** A key and its certificate, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate authority of the tests' own, made anew for each run: no key lies in the repository. */
export class TestAuthority {
  private constructor(private readonly own: Certificate) {}

  static async make(name = 'Test authority'): Promise<TestAuthority> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new TestAuthority({ key, cert });
  }

  /** What a client has to trust, in PEM. */
  get cert(): string {
    return this.own.cert;
  }

  /** A server's certificate for these host names and IPv4 addresses. */
  issue(...hosts: [string, ...string[]]): Promise<Certificate> {
    return this.issueFrom(new Date(), ...hosts);
  }

  /** One that was valid for a year and ended a year ago. */
  issueExpired(...hosts: [string, ...string[]]): Promise<Certificate> {
    return this.issueFrom(new Date(Date.now() - 2 * YEAR_MS), ...hosts);
  }

  private async issueFrom(notBeforeDate: Date, ...hosts: [string, ...string[]]): Promise<Certificate> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: hosts[0] }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: this.own,
      notBeforeDate,
      extensions: [
        {
          name: 'subjectAltName',
          altNames: hosts.map((host) => (/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host })),
        },
      ],
    });
    return { key, cert };
  }
}
