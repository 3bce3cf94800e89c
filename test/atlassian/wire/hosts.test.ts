import { describe, expect, it } from 'vitest';
import { Hosts } from '../../../src/atlassian/wire/hosts.ts';
import { AppError } from '../../../src/errors.ts';
import { leastCpuMs } from '../../support/cpu.ts';

const hosts = new Hosts({
  trusted: ['https://auth.atlassian.com', 'https://api.atlassian.com'],
  allowed: ['https://jira.example.com', 'https://example.org:8443', 'http://127.0.0.1:3002', 'http://intranet.example'],
});

describe('readBaseUrl', () => {
  it.each([
    ['https://acme.atlassian.net', 'https://acme.atlassian.net'],
    ['https://acme.atlassian.net/', 'https://acme.atlassian.net'],
    ['HTTPS://ACME.Atlassian.NET/wiki/', 'https://acme.atlassian.net'],
    ['https://acme.atlassian.net:443/jira/software/projects/DEMO', 'https://acme.atlassian.net'],
    ['https://acme.jira.com', 'https://acme.jira.com'],
    ['https://jira.example.com', 'https://jira.example.com'],
    ['https://jira.example.com///', 'https://jira.example.com'],
    ['https://jira.example.com/jira/', 'https://jira.example.com/jira'],
    ['https://example.org:8443/a/b-c_d', 'https://example.org:8443/a/b-c_d'],
    ['http://127.0.0.1:3002/dc/jira', 'http://127.0.0.1:3002/dc/jira'],
    ['http://0x7f.1:3002', 'http://127.0.0.1:3002'],
  ])('takes %s as %s', (text, expected) => {
    expect(hosts.readBaseUrl(text)).toBe(expected);
  });

  it.each([
    'http://acme.atlassian.net',
    'https://acme.atlassian.net:8443',
    'https://atlassian.net',
    'https://jira.com',
    'https://acme.atlassian.net.',
    'https://acme.atlassian.net.evil.example',
    'https://a.b.atlassian.net',
    'https://evil-atlassian.net',
    'https://evilatlassian.net',
    'https://-.atlassian.net',
    'https://acme.atlassian.net@evil.example',
    'https://evil.example/acme.atlassian.net',
    'https://evil.example#.atlassian.net',
    'https://evil.example?.atlassian.net',
    'https://evil.example\\.atlassian.net',
    'https://evil.example\\@acme.atlassian.net',
    'https:\\\\acme.atlassian.net',
    'https://acme\u3002atlassian.net.evil.example',
    'https://acme.atlassian\u00ad.net/../..//\t',
    'https://\u0430cme.atlassian.net.evil.example',
    'https://\uff41cme.atlassian.net',
    'https://xn--cme-7cd.atlassian.net',
    `https://${'a'.repeat(64)}.atlassian.net`,
    'https://user@acme.atlassian.net',
    'https://user:hunter2@jira.example.com',
    'https://@jira.example.com',
    'https:///user:hunter2@acme.atlassian.net',
    'https:///user:hunter2@jira.example.com/jira',
    'https:////jira.example.com',
    'https://:@jira.example.com',
    'https://jira.example.com?x=1',
    'https://jira.example.com/?',
    'https://jira.example.com/#',
    'https://jira.example.com/a#b',
    'https://jira.example.com:8443',
    'http://jira.example.com',
    'https://jira.example.com/a/../b',
    'https://jira.example.com/a/./b',
    'https://jira.example.com/a/..',
    'https://jira.example.com/%2e%2e/b',
    'https://jira.example.com/a%2fb',
    'https://jira.example.com/a;b',
    'https://jira.example.com/a//b',
    'https://jira.example.com/a b',
    'https://jira.example.com/\ta',
    'https://jira.\nexample.com',
    ' https://jira.example.com',
    'http://intranet.example',
    'http://127.0.0.1:3003',
    'http://127.0.0.2:3002',
    'http://localhost:3002',
    'https://localhost',
    'https://localhost.',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0x7f.1',
    'https://0177.0.0.1',
    'https://127.1',
    'https://0',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[0:0:0:0:0:ffff:7f00:1]',
    'https://169.254.169.254',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]',
    'https://10.0.0.1',
    'https://metadata.google.internal',
    'https://auth.atlassian.com',
    'https://api.atlassian.com/ex/jira/1',
    'ftp://jira.example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    'jira.example.com',
    '//jira.example.com',
    'https:jira.example.com',
    'https:/jira.example.com',
    'https://',
    '',
  ])('refuses %j, naming base_url and no password', (text) => {
    let error: unknown;
    try {
      hosts.readBaseUrl(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AppError);
    const { code, details, message } = error as AppError;
    expect({ code, parameter: details?.parameter }).toEqual({ code: 'VALIDATION', parameter: 'base_url' });
    // A page that takes addresses tells people apart who mistyped one from those who have to ask the operator.
    expect(details?.reason).toBe(message.includes('ALLOWED_BASE_URLS') ? 'host_not_allowed' : undefined);
    expect(message).toMatch(/^base_url: must /);
    expect(message).not.toContain('hunter2');
  });
});

it.each([
  { text: 'https://[2001:db8::7]/jira', words: 'https://[2001:db8::7] is not' },
  { text: 'https://\uff41cme.atlassian.net', words: 'this one is not' },
  { text: 'web+https://acme.atlassian.net', words: 'must be an https URL' },
])('the refusal of $text says $words', ({ text, words }) => {
  expect(() => hosts.readBaseUrl(text)).toThrow(words);
});

describe('a base URL of 100 KB', () => {
  it.each([
    ['one long host and a blank', `https://${'a'.repeat(100_000)} x`],
    ['one long path and a blank', `https://acme.atlassian.net/${'a/'.repeat(50_000)} x`],
    ['question marks', `https://${'a?'.repeat(50_000)}\\`],
    ['slashes', `https://jira.example.com${'/'.repeat(100_000)}\t`],
    ['dots', `https://jira.example.com/${'../'.repeat(33_000)}`],
  ])('is refused in a time that its length is worth: %s', (_what, text) => {
    const work = () => expect(() => hosts.readBaseUrl(text)).toThrow(AppError);
    expect(leastCpuMs(200, work)).toBeLessThan(200);
  });
});

describe('allows', () => {
  it.each([
    'https://api.atlassian.com/ex/jira/1/rest/api/3/myself',
    'https://auth.atlassian.com/oauth/token',
    'https://acme.atlassian.net/rest/api/3/myself',
    'https://jira.example.com/jira/rest/api/2/myself',
    'http://127.0.0.1:3002/x',
  ])('%s', (url) => {
    expect(hosts.allows(new URL(url))).toBe(true);
  });

  it.each([
    'http://api.atlassian.com/ex/jira/1',
    'https://api.atlassian.com:444/ex/jira/1',
    'https://other.example/x',
    'https://u:p@jira.example.com/x',
    'https://u@jira.example.com/x',
    'https://:p@jira.example.com/x',
    'http://acme.atlassian.net/x',
    'https://169.254.169.254/x',
  ])('not %s', (url) => {
    expect(hosts.allows(new URL(url))).toBe(false);
  });
});
