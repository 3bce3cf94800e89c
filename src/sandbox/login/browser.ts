/**
 * Plays a person's browser on the consent page: opens it, reads the form, presses a button.
 *
 * @param choice value of the button to press
 * @returns the callback URL the browser is sent to
 * @throws Error with the page's text where the page shows no such button, or the answer is no redirect
 */
export async function pressConsentButton(authorizeUrl: string, choice: string): Promise<string> {
  const opened = await fetch(authorizeUrl);
  const page = await opened.text();
  if (opened.status !== 200) throw new Error(`the consent page answered ${opened.status}: ${visibleText(page)}`);
  const [, action, form] = /<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/.exec(page) ?? [];
  if (action === undefined || form === undefined) throw new Error(`the consent page has no form: ${visibleText(page)}`);
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) {
    fields.append(unescapeHtml(name), unescapeHtml(value));
  }
  const buttons = [...form.matchAll(/<button [^>]*name="choice" value="([^"]*)"/g)].map(([, value = '']) => value);
  if (!buttons.map(unescapeHtml).includes(choice)) throw new Error(`the consent page has no button '${choice}'`);
  fields.append('choice', choice);
  const target = new URL(unescapeHtml(action), opened.url);
  const answer = await fetch(target, { method: 'POST', body: fields, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (answer.status !== 302 || location === null) {
    throw new Error(`the consent form answered ${answer.status}: ${visibleText(await answer.text())}`);
  }
  return location;
}

function visibleText(html: string): string {
  const text = html.replace(/<(style|title)>[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');
  return unescapeHtml(text).replace(/\s+/g, ' ').trim();
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}
