import { z } from 'zod';
import { CONFLUENCE_ENDPOINTS } from '../../atlassian/confluence/endpoints.ts';

// Members that answers about Confluence have in common.

/** Cloud tells names where the grant covers `read:user:confluence`. */
export const Person = z.object({ id: z.string(), name: z.string().nullable() });

/** What the names of those whom an answer tells of are found by. */
export const NAMES = [CONFLUENCE_ENDPOINTS.usersById] as const;

export const url = z.string().meta({ description: 'To open in a browser.' });

/** A body and what was lost of it. */
export const markdownMembers = {
  body: z.string().nullable().meta({ description: 'Markdown.' }),
  loss: z.array(z.string()).meta({ description: 'Parts of the body that were lost.' }),
};
