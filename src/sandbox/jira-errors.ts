import { type ErrorShape, json } from './call.ts';

/** Jira's ErrorCollection. */
export const jiraShape: ErrorShape = (status, message) => json(status, { errorMessages: [message], errors: {} });
