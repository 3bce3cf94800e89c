import { type ErrorShape, json } from '../http/call.ts';

const V2_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_REQUEST_PARAMETER',
  401: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  413: 'CONTENT_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const v2Shape: ErrorShape = (status, message) =>
  json(status, { errors: [{ status, code: V2_CODES[status] ?? 'ERROR', title: message, detail: null }] });

const v1Shape: ErrorShape = (statusCode, message) =>
  json(statusCode, {
    statusCode,
    data: { authorized: true, valid: statusCode !== 400, errors: [], successful: false },
    message,
  });

/** Confluence's two interfaces report errors in two shapes. */
export function confluenceShape(path: string): ErrorShape {
  return path.startsWith('/wiki/api/v2/') ? v2Shape : v1Shape;
}
