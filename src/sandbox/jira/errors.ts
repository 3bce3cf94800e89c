import { type ErrorShape, json } from '../http/call.ts';

/** Jira's ErrorCollection. */
export const jiraShape: ErrorShape = (status, message) => json(status, { errorMessages: [message], errors: {} });
