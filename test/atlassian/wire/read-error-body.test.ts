import { describe, expect, it } from 'vitest';
import { type ErrorWords, readError, webPageTitle } from '../../../src/atlassian/wire/read-error-body.ts';

const SECRET = 'secret-token';

/** Reads an error as it arrives: an object is sent as JSON. */
function read(body: unknown, contentType = 'application/json'): ErrorWords {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  return readError({ text, body: parsed, contentType }, (said) => said.includes(SECRET));
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

describe('The words of an error', () => {
  it.each<{ name: string; body: unknown; messages: string[] }>([
    { name: 'the messages of Jira', body: { errorMessages: ['One.', 'Two.'], errors: {} }, messages: ['One.', 'Two.'] },
    { name: 'the fields of Jira', body: { errors: { summary: 'Is long.' } }, messages: ['summary: Is long.'] },
    {
      name: 'no field whose problem is no text',
      body: { errors: { a: 5, b: '', c: null, d: 'x' } },
      messages: ['d: x'],
    },
    {
      name: 'title, detail and message of Confluence v2',
      body: { errors: [{ title: 'Title', detail: 'Detail', message: 'Message' }, 'Text', 5, null, { title: null }] },
      messages: ['Title', 'Detail', 'Message', 'Text'],
    },
    {
      name: 'the reasons of Confluence v1, translated where they are',
      body: {
        message: 'Whole',
        data: {
          errors: [
            { message: { key: 'a.key', translation: 'Translated' } },
            { message: { key: 'b.key', translation: '' } },
            { message: 'Text' },
            { message: { key: 5 } },
            null,
          ],
        },
      },
      messages: ['Whole', 'Translated', 'b.key', 'Text'],
    },
    { name: "the gateway's message", body: { code: 404, message: 'No product found' }, messages: ['No product found'] },
    { name: "the edge's message", body: { errorCode: 'OTHER', errorMessage: 'Away' }, messages: ['Away'] },
    {
      name: 'all of them, from the general to the particular',
      body: {
        data: { errors: [{ message: 'five' }] },
        errors: { field: 'four' },
        errorMessages: ['three'],
        errorMessage: 'two',
        message: 'one',
      },
      messages: ['one', 'two', 'three', 'field: four', 'five'],
    },
    { name: 'twenty messages at most', body: { errorMessages: numbered(21) }, messages: numbered(20) },
    { name: 'twenty entries at most', body: { errors: numbered(21) }, messages: numbered(20) },
    {
      name: 'no more than twenty of different kinds',
      body: {
        message: 'first',
        errorMessages: numbered(18),
        errors: { a: 'b', c: 'd' },
        data: { errors: [{ message: 'e' }] },
      },
      messages: ['first', ...numbered(18), 'a: b'],
    },
    {
      name: 'the thousandth message behind others that are none',
      body: { errorMessages: [...Array(999).fill(5), 'thousandth', 'one more'] },
      messages: ['thousandth'],
    },
    { name: 'a thousand characters of a message', body: { message: 'x'.repeat(1_001) }, messages: ['x'.repeat(1_000)] },
    {
      name: 'nothing where texts are wanted',
      body: { message: { toString: 1 }, errorMessages: 'x', errors: 'y', data: 5 },
      messages: [],
    },
    { name: 'nothing of null', body: 'null', messages: [] },
    { name: 'nothing of a list', body: ['x'], messages: [] },
    { name: 'plain text in one line', body: 'Bad\r\nrequest.\u0007\n', messages: ['Bad request.'] },
    {
      name: 'plain text from its first 2,000 characters',
      body: ' '.repeat(1_500) + 'x'.repeat(1_000),
      messages: ['x'.repeat(500)],
    },
    { name: 'nothing of an empty text', body: '', messages: [] },
    { name: 'nothing of white space', body: ' \n', messages: [] },
    ...['{"errorMessages":["Hal', '["Hal', '"Hal', '<error>Hal</error>'].map((body) => ({
      name: `nothing of what breaks off as ${body}`,
      body,
      messages: [],
    })),
    { name: 'plain text with a bracket in it', body: 'Refused {x} [y] <z>', messages: ['Refused {x} [y] <z>'] },
  ])('are $name', ({ body, messages }) => {
    expect(read(body, 'text/plain').messages).toEqual(messages);
  });

  it.each([
    { name: 'of an error of 100,000 characters', length: 100_000, messages: ['field: x'] },
    { name: 'of no longer one', length: 100_001, messages: [] },
  ])('include its fields $name', ({ length, messages }) => {
    const body = (filler: number) => ({ errors: { field: 'x' }, filler: 'y'.repeat(filler) });
    const rest = length - JSON.stringify(body(0)).length;
    expect(read(body(rest)).messages).toEqual(messages);
  });
});

describe('The body of an error', () => {
  it.each([
    { name: 'is passed on with 4,000 characters', length: 4_000, isPassedOn: true },
    { name: 'is not passed on with more', length: 4_001, isPassedOn: false },
  ])('$name', ({ length, isPassedOn }) => {
    const body = { message: 'x'.repeat(length - JSON.stringify({ message: '' }).length) };
    expect('upstream' in read(body)).toBe(isPassedOn);
  });

  it('is passed on as it is, and not at all where it is no JSON', () => {
    expect({ json: read({ a: [1] }), text: read('No.') }).toEqual({
      json: { messages: [], upstream: { a: [1] }, sender: 'product' },
      text: { messages: ['No.'], sender: 'other' },
    });
  });
});

describe('Who wrote an error', () => {
  it.each<{ body: unknown; sender: ErrorWords['sender'] }>([
    { body: { errorMessages: ['No.'] }, sender: 'product' },
    { body: { code: 'CONFLICT' }, sender: 'product' },
    { body: { errorCode: '' }, sender: 'product' },
    { body: { 'status-code': '404' }, sender: 'product' },
    { body: { code: 404 }, sender: 'gateway' },
    { body: { errorCode: 'OTHER' }, sender: 'gateway' },
    { body: { 'status-code': 404 }, sender: 'gateway' },
    { body: [], sender: 'other' },
    { body: 'null', sender: 'other' },
    { body: 'No.', sender: 'other' },
  ])('is told by $body: $sender', ({ body, sender }) => {
    expect(read(body).sender).toBe(sender);
  });
});

describe('An error that quotes a secret', () => {
  const escaped = `\\u0073${SECRET.slice(1)}`;
  it.each([
    { name: 'in a message', body: { code: 5, message: `not ${SECRET}` }, sender: 'gateway' },
    { name: 'in a message of a long body', body: { message: SECRET, filler: 'x'.repeat(5_000) }, sender: 'product' },
    {
      name: 'behind the part of a message that is passed on',
      body: { message: `${'x'.repeat(1_500)}${SECRET}` },
      sender: 'product',
    },
    { name: 'in a member that is no message', body: { other: SECRET }, sender: 'product' },
    { name: 'with a character as its number', body: `{"other":"${escaped}"}`, sender: 'product' },
    { name: 'in a member that the same name hides', body: `{"other":"${SECRET}","other":1}`, sender: 'product' },
    { name: 'in plain text', body: `not ${SECRET}`, sender: 'other' },
    { name: 'in the title of a page', body: `<html><title>${SECRET}</title>`, sender: 'other' },
  ])('$name says nothing', ({ body, sender }) => {
    expect(read(body)).toEqual({ messages: [], sender });
  });

  it.each([
    {
      name: 'in a body that is not passed on',
      body: { message: 'No.', other: SECRET, filler: 'x'.repeat(5_000) },
      words: { messages: ['No.'], sender: 'product' },
    },
    {
      name: 'in a page, outside of its title',
      body: `<html><title>Oops</title>${SECRET}`,
      words: { messages: [], page: 'Oops', sender: 'other' },
    },
  ])('$name is told without it', ({ body, words }) => {
    expect(read(body)).toEqual(words);
  });
});

describe('A web page', () => {
  it.each<{ name: string; text: string; type?: string; title: string | null }>([
    { name: 'by its type', text: '<p>x', type: 'text/html; charset=utf-8', title: '' },
    { name: 'by a type in capitals', text: '<p>x', type: 'TEXT/HTML', title: '' },
    { name: 'by the type of XHTML', text: '<p>x', type: 'application/xhtml+xml', title: '' },
    { name: 'by its document type', text: '<!DOCTYPE html><title>Oops</title>', title: 'Oops' },
    { name: 'by html behind blank lines', text: ' \n<HTML lang="en"><title>Oops</title>', title: 'Oops' },
    { name: 'by its head', text: '<head><title>Oops</title>', title: 'Oops' },
    { name: 'by its body', text: '<body>x', title: '' },
    {
      name: 'with a title of two lines and entities',
      text: '<html><title>\n You&#39;ve\n lost </title>',
      title: "You've  lost",
    },
    { name: 'with attributes of the title', text: '<html><title data-x="1">Oops</title>', title: 'Oops' },
    { name: 'with 200 characters of attributes', text: `<html><title ${'x'.repeat(200)}>Oops</title>`, title: 'Oops' },
    { name: 'with more attributes than are read', text: `<html><title ${'x'.repeat(201)}>Oops</title>`, title: '' },
    { name: 'with an element of a similar name', text: '<html><titles>Oops</titles>', title: '' },
    { name: 'with a title that another element ends', text: '<html><title>Oops<b>x</b></title>', title: 'Oops' },
    { name: 'with a long title', text: `<html><title>${'x'.repeat(101)}</title>`, title: 'x'.repeat(100) },
    {
      name: 'with a title at the end of what is read',
      text: `<html>${' '.repeat(19_979)}<title>abcdefgh`,
      title: 'abcdefgh',
    },
    { name: 'with a title behind what is read', text: `<html>${' '.repeat(19_990)}<title>Oops`, title: '' },
    { name: 'unless it begins with another element', text: '<header>x', title: null },
    { name: 'unless html comes later', text: 'x<html>', title: null },
    { name: 'unless its type only resembles one', text: 'x', type: 'text/nohtml', title: null },
    { name: 'unless its type only begins like one', text: 'x', type: 'text/htmlx', title: null },
    { name: 'unless it is empty', text: ' \n', type: 'text/html', title: null },
  ])('is known $name', ({ text, type = 'text/plain', title }) => {
    expect(webPageTitle(text, undefined, type)).toBe(title);
  });

  it('is none of JSON, whatever its type', () => {
    expect(webPageTitle('{}', {}, 'text/html')).toBe(null);
  });

  it('is told by its title in place of words', () => {
    expect({
      titled: read('<html><title>Oops</title>'),
      bare: read('<html>'),
      byType: read('Oops', 'text/html'),
    }).toEqual({
      titled: { messages: [], page: 'Oops', sender: 'other' },
      bare: { messages: [], page: '', sender: 'other' },
      byType: { messages: [], page: '', sender: 'other' },
    });
  });
});
