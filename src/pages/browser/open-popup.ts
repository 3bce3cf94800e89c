/** How often it is looked whether a popup is still open, in ms. */
const LOOK_EVERY_MS = 400;

/**
 * Opens a popup at the address that `address` finds out, and resolves when it has been closed; where popups are blocked,
 * this page goes there itself.
 */
export async function openInPopup(address: () => Promise<string>): Promise<void> {
  // At once, while the browser still takes it for what the person wanted.
  const popup = open('', '_blank', 'popup,width=560,height=760');
  try {
    const url = await address();
    if (popup === null) return location.assign(url);
    popup.location = url;
  } catch (error) {
    popup?.close();
    throw error;
  }
  // A page on the way may cut the popup off from its opener, which then takes it for closed: the page looks again when it
  // is in front once more.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!popup.closed) return;
      clearInterval(timer);
      resolve();
    }, LOOK_EVERY_MS);
  });
}
