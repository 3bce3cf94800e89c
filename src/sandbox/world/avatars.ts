/** The pictures of a user or a project, by size. */
export function avatars(path: string, apiUrl: string): Record<string, string> {
  return Object.fromEntries(
    [16, 24, 32, 48].map((size) => [`${size}x${size}`, `${apiUrl}/avatar/${path}?size=${size}`]),
  );
}
