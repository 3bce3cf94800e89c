import { z } from 'zod';

// Members that answers about Confluence have in common.

/** Cloud tells no names of people. */
export const Person = z.object({ id: z.string(), name: z.string().nullable() });

export const url = z.string().meta({ description: 'For a person to open in a browser.' });

/** A body and what was lost of it. */
export const markdownMembers = {
  body: z.string().nullable().meta({ description: 'Markdown.' }),
  loss: z.array(z.string()).meta({ description: 'What of the body could not be told.' }),
};
