const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What Node and `pg` say of TLS, in words that tell an operator what to change; null for anything else. */
export function tlsProblem(error: unknown, url: string): string | null {
  if (!(error instanceof Error)) return null;
  const { code, message } = error as NodeJS.ErrnoException;
  const { hostname, searchParams } = new URL(url);
  if (code !== undefined && UNTRUSTED.has(code)) {
    return `the server's certificate is not signed by an authority that is trusted here (${code}): add sslrootcert=<file with the authority's certificate> to DATABASE_URL`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { cert } = error as { cert?: { subjectaltname?: string } };
    const names = cert?.subjectaltname ?? 'other names';
    return `the server's certificate was issued for ${names}, not for ${hostname}: use one of its names in DATABASE_URL, or give the server a certificate for this one`;
  }
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate has expired: renew it";
  if (code === 'CERT_NOT_YET_VALID') {
    return "the server's certificate is not valid yet: check the clock of this machine, and the certificate";
  }
  if (/does not support SSL/.test(message)) {
    return 'the server does not offer TLS: turn it on there (ssl = on), or take sslmode out of DATABASE_URL where nobody can listen in';
  }
  if (message.includes('no pg_hba.conf entry') && message.includes('no encryption')) {
    return 'the server accepts TLS only: add sslmode=verify-full to DATABASE_URL';
  }
  const file = ['sslrootcert', 'sslcert', 'sslkey'].find((name) => message.endsWith(`'${searchParams.get(name)}'`));
  return code !== undefined && file !== undefined
    ? `the file that ${file} names cannot be read (${code}): ${searchParams.get(file)}`
    : null;
}

/**
 * A URL as `pg` takes it without a warning: it checks certificate and name for these modes too, which other clients do not
 * (pg-connection-string 2), and says at every start that this may change.
 */
export function withCheckedTls(url: string): string {
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}
