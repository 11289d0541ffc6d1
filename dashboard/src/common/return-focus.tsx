import { type ReactNode, useEffect, useState } from "react";

/** Milliseconds during which the focused element may still be removed, for example because a list is read again. */
const WATCHED = 10_000;

/**
 * Returns the focus after a dialog. Render it before the dialog, as long as the dialog is open. Afterwards the focus is on
 * the button that opened the dialog. If the button is gone, the focus is in its row. If the row is gone too, the focus is
 * on the page's heading.
 */
export function ReturnFocus(): ReactNode {
  const [origin] = useState(() => document.activeElement);
  useEffect(() => {
    const row = origin?.closest("tr, li");
    return () => void setTimeout(() => giveBack(origin, row));
  }, [origin]);
  return null;
}

function giveBack(origin: Element | null, row: Element | null | undefined): void {
  // Another dialog has the focus, or the person has moved it.
  if (!isNowhere() && document.activeElement !== origin) return;
  const focus = () => {
    const places = [origin, row?.querySelector(FOCUSABLE), heading()];
    return places.find((place) => {
      if (!(place instanceof HTMLElement) || !place.isConnected || place === document.body) return false;
      place.focus();
      return document.activeElement === place;
    });
  };
  let focused = focus();
  const observer = new MutationObserver(() => {
    if (isNowhere() && focused?.isConnected === false) focused = focus();
  });
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), WATCHED);
}

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled)";

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function heading(): HTMLElement | null {
  const heading = document.querySelector<HTMLElement>("main h1, h1");
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  return heading;
}
