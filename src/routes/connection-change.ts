import { z } from 'zod';

/** The body of `PATCH /connectors/{provider}/connection`. */
export const patchBody = z
  .strictObject(
    {
      base_url: z
        .string()
        .trim()
        .min(1)
        .max(2_000)
        .optional()
        .meta({ description: "The URL of one of the grant's sites." }),
      rotate: z.boolean().optional().meta({ description: '`true` renews the credentials now.' }),
      pat: z.string().optional().meta({ description: 'Not accepted yet: connect by OAuth.' }),
      email: z.string().optional().meta({ description: 'Not accepted yet: connect by OAuth.' }),
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'must be a JSON object') },
  )
  .superRefine((body, context) => {
    for (const name of ['pat', 'email'] as const) {
      if (body[name] !== undefined) {
        context.addIssue({ code: 'custom', path: [name], message: 'is not enabled: connect by OAuth instead' });
      }
    }
    const something = body.base_url !== undefined || body.rotate === true;
    if (!something && body.pat === undefined && body.email === undefined) {
      context.addIssue({ code: 'custom', message: 'must change something: base_url or rotate' });
    }
  })
  // Before the transform: behind it the examples, which are of the input, would be left out of the document.
  .meta({ id: 'ConnectionChange', examples: [{ rotate: true }, { base_url: 'https://acme.atlassian.net' }] })
  .transform(({ base_url, rotate }) => ({
    ...(base_url === undefined ? {} : { baseUrl: base_url }),
    ...(rotate === undefined ? {} : { rotate }),
  }));
