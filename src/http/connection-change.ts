import { z } from 'zod';

/** The body of `PATCH /connectors/{provider}/connection`. */
export const patchBody = z
  .strictObject({
    base_url: z.string().trim().min(1).max(2_000).optional().meta({
      description: "The URL of one of the grant's sites; with `pat`, where the token belongs (else the site in use).",
    }),
    rotate: z.boolean().optional().meta({ description: '`true` renews the credentials now.' }),
    pat: z
      .string('must be a string')
      .trim()
      .regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters')
      .optional()
      .meta({
        description:
          'A Personal Access Token of Data Center, or with `email` an API token of Cloud, scoped or not. Where it is enabled.',
      }),
    email: z
      .string('must be an email address')
      .trim()
      .max(320)
      .regex(/^[^\s:@]+@[^\s:@]+$/, 'must be an email address')
      .optional()
      .meta({ description: 'Whose API token `pat` is. Cloud only.' }),
  })
  .superRefine((body, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (body.email !== undefined && body.pat === undefined) problem(['email'], 'requires pat');
    if (body.rotate === true && body.pat !== undefined) problem(['rotate'], 'cannot be combined with pat');
    if (body.base_url === undefined && body.rotate !== true && body.pat === undefined && body.email === undefined) {
      problem([], 'must set base_url, rotate or pat');
    }
  })
  // Before the transform: behind it the examples, which are of the input, would be left out of the document.
  .meta({
    id: 'ConnectionChange',
    examples: [
      { rotate: true },
      { base_url: 'https://acme.atlassian.net' },
      { pat: 'your-personal-access-token', base_url: 'https://jira.example.com' },
      { pat: 'your-api-token', email: 'anna@example.com', base_url: 'https://acme.atlassian.net' },
    ],
  })
  .transform(({ base_url: baseUrl, rotate, pat, email }) => ({ baseUrl, rotate, pat, email }));
