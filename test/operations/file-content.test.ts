import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/doors/faults.ts';
import { DEPLOYMENT_KINDS, describeAccounts } from '../support/accounts.ts';
import type { ErrorBody } from '../support/harness.ts';
import { setPolicy } from './policy-stage.ts';

interface File extends ErrorBody {
  size: number;
  text: string | null;
  base64: string | null;
  left_out: number;
}

const PAGE = { 'content-type': 'text/html;charset=UTF-8' };
const SIGN_IN = { headers: PAGE, body: '<!doctype html><title>Log in to Acme</title><form>' };

describeAccounts(
  'What is in a file',
  ({ stage, isCloud }) => {
    beforeEach(async () => {
      await setPolicy(stage, {});
      stage.sandbox.clearFaults();
    });

    describe.each([
      {
        tool: 'jira.attachment_get',
        args: { issue: 'DEMO-15', attachment: 'charged-twice.csv' },
        isKeptElsewhere: false,
      },
      {
        tool: 'confluence.attachment_get',
        args: { page: '65615', attachment: 'queue-check.sh' },
        isKeptElsewhere: isCloud,
      },
    ])('by $tool', ({ tool, args, isKeptElsewhere }) => {
      const get = async (more: object = {}) => {
        const body = { tool, args: { ...args, view: 'full', ...more } };
        return stage.call<File>('/connectors/tools/invoke', { body });
      };
      /** Strikes the answer that has the file. */
      const answered = (fault: Fault) =>
        stage.sandbox.fault({
          path: /\/media\/|\/download\/attachments\/|\/attachment\/content\/|\/secure\//,
          ...fault,
        });
      /** Strikes the call to the product itself. */
      const asked = (fault: Fault) =>
        stage.sandbox.fault({
          path: /\/download$|\/download\/attachments\/|\/attachment\/content\/|\/secure\//,
          ...fault,
        });

      it.each([
        { name: 'more than the list says', bytes: 9_000_000 },
        { name: 'more than any answer may have', bytes: 11_000_000 },
      ])('is refused with its size where it has $name', async ({ bytes }) => {
        answered({ headers: { 'content-length': String(bytes) }, body: Buffer.alloc(bytes, 'x') });
        const { status, body } = await get({ max_bytes: 5_000 });
        expect({ status, message: body.message, details: body.details }).toMatchObject({
          status: 400,
          message: expect.stringContaining(`max_bytes: the file has ${bytes} bytes, more than 5000.`),
          details: { parameter: 'max_bytes', size: bytes },
        });
      });

      it('is refused where it goes on and on, and nothing tells for how long', async () => {
        answered({ body: Buffer.alloc(6_000, 'x') });
        const { status, body } = await get({ max_bytes: 5_000 });
        expect({ status, message: body.message }).toMatchObject({
          status: 400,
          message: expect.stringContaining('max_bytes: the file has more than 5000 bytes.'),
        });
        expect(body.details).not.toHaveProperty('size');
      });

      it('is given to its last byte', async () => {
        answered({ body: 'x'.repeat(5_000) });
        expect((await get({ max_bytes: 5_000 })).body).toMatchObject({ size: 5_000, text: 'x'.repeat(5_000) });
      });

      it('is not taken from a page to sign in, however little was wanted', async () => {
        answered({ ...SIGN_IN, body: SIGN_IN.body + ' '.repeat(6_000) });
        const { status, body } = await get({ max_bytes: 5_000 });
        expect({ status, code: body.code, message: body.message }).toEqual({
          status: 502,
          code: 'VENDOR_ERROR',
          message: expect.stringContaining('Log in to Acme'),
        });
      });

      it('is what it is where it came compressed, and no more of it is unpacked than is wanted', async () => {
        const headers = { 'content-type': 'text/csv', 'content-encoding': 'gzip' };
        answered({ headers, body: gzipSync('a,b') });
        expect((await get()).body).toMatchObject({ text: 'a,b', size: 3, base64: null });
        answered({ headers, body: gzipSync(Buffer.alloc(9_000_000, 'x')) });
        expect(await get({ max_bytes: 50_000 })).toMatchObject({
          status: 400,
          body: { message: expect.stringContaining('more than 50000 bytes') },
        });
      });

      const log = 'All of it went well, and nobody was woken up.\n';
      it.each([
        { what: 'colours', file: `\u001b[1;31mFAIL\u001b[0m ${log}`, text: `FAIL ${log}`, left_out: 11 },
        { what: 'a form feed', file: `${log}\f${log}`, text: `${log}\n${log}`, left_out: 0 },
        { what: 'a soft hyphen', file: `Donau\u00addampfer\n${log}`, text: `Donaudampfer\n${log}`, left_out: 1 },
        { what: 'a bell', file: `${log}\u0007`, text: log, left_out: 1 },
        { what: 'hidden words', file: `${log}\u{e0041}\u{e0042}\u200b`, text: log, left_out: 5 },
        { what: 'nothing but letters', file: log, text: log, left_out: 0 },
        { what: 'nothing', file: '', text: '', left_out: 0 },
      ])('is text with $what, without what nobody sees', async ({ file, text, left_out }) => {
        answered({ body: file });
        expect((await get()).body).toMatchObject({ text, base64: null, left_out });
      });

      it.each([
        { what: 'controls', file: Buffer.from('PK\u0003\u0004\u0014 abc') },
        { what: 'zeros', file: Buffer.from('a\u0000b'.repeat(50)) },
        { what: 'no UTF-8', file: Buffer.from([0x61, 0xff, 0xfe]) },
      ])('is in base64 with $what', async ({ file }) => {
        answered({ body: file });
        expect((await get()).body).toMatchObject({ text: null, base64: file.toString('base64'), left_out: 0 });
      });

      it.each(['zstd', 'gzip'])('is not given as bytes that cannot be read (%s)', async (encoding) => {
        answered({ headers: { 'content-encoding': encoding }, body: 'abc' });
        expect(await get()).toMatchObject({ status: 502, body: { code: 'VENDOR_ERROR' } });
      });

      it('is not fetched from another host, which is told', async () => {
        asked({ status: 302, headers: { location: 'https://files.example/1' } });
        const { status, body } = await get();
        expect({ status, message: body.message, retryable: body.details?.retryable }).toEqual({
          status: 502,
          message: expect.stringMatching(/the file is kept elsewhere.*opened in a browser/),
          retryable: false,
        });
        expect(body.message).not.toContain('base_url');
      });

      if (isKeptElsewhere) {
        it('is asked for as it is where it is kept', async () => {
          stage.sandbox.clearRequests();
          await get();
          expect(stage.sandbox.requests.at(-1)).toMatchObject({ headers: { 'accept-encoding': 'identity' } });
        });
      }
    });
  },
  DEPLOYMENT_KINDS,
);
