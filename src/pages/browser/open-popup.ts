/** How often it is looked whether a popup is still open, in ms. */
const LOOK_EVERY_MS = 400;

export interface Popup {
  /** Two of one name are one window. */
  name: string;
  /** Finds out where it leads. */
  address: () => Promise<string>;
  /** Told when it has been closed, or was cut off by a page on the way, which looks the same from here. */
  onClosed: () => void;
}

/** Opens a popup; where popups are blocked, this page goes there itself. */
export async function openInPopup({ name, address, onClosed }: Popup): Promise<void> {
  // At once, while the browser still takes it for what the person wanted.
  const popup = open('', name, 'popup,width=560,height=760');
  try {
    const url = await address();
    if (popup === null) return location.assign(url);
    popup.location = url;
    popup.focus();
  } catch (error) {
    popup?.close();
    throw error;
  }
  const timer = setInterval(() => {
    if (!popup.closed) return;
    clearInterval(timer);
    onClosed();
  }, LOOK_EVERY_MS);
}
