import { type Call, unexpected } from './call.ts';

/** Parses a JSON body. The media type is checked because Atlassian refuses or misreads anything else. */
export function readJson(call: Call): Record<string, unknown> {
  const type = String(call.headers['content-type'] ?? '');
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw unexpected(415, `content-type must be application/json, got '${type}'`);
  }
  let value: unknown;
  try {
    value = JSON.parse(call.body.toString('utf8'));
  } catch {
    throw unexpected(400, 'the body is not JSON');
  }
  if (!isObject(value)) throw unexpected(400, 'the body is not a JSON object');
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
