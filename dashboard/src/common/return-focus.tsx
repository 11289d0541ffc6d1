import { type ReactNode, useEffect, useState } from "react";

/** Milliseconds during which the place of the focus may still vanish, for example because a list is read again. */
const WATCHED = 10_000;

/**
 * Draw it for as long as a dialog is open, before the dialog. Afterwards the focus is where it was: on the button that
 * opened the dialog; if that is gone, in its row; if that is gone too, on the page's heading.
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
  // Another dialog has the focus, or somebody has gone on.
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
