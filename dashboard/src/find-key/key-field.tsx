import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from "react";

/** What a form can do with its field for a key. */
export interface KeyFieldHandle {
  /** Empties the field. Returns its contents as UTF-8, which the caller must erase. */
  take: () => Uint8Array<ArrayBuffer>;
  focus: () => void;
}

/** What keeps browsers and password managers from remembering, checking or correcting the key. */
const ATTRIBUTES = {
  // Browsers keep what is in a password field neither in the history nor for a reload, and check no spelling in it.
  type: "password",
  autocomplete: "off",
  autocapitalize: "off",
  autocorrect: "off",
  spellcheck: "false",
  enterkeyhint: "search",
  "data-1p-ignore": "",
  "data-bwignore": "true",
  "data-form-type": "other",
  "data-lpignore": "true",
};

/**
 * A field for a whole API key. The key is in the browser's own field and nowhere else until somebody takes it.
 *
 * React doesn't know the field: of every field that React makes, it keeps a copy of what was typed. The field has no
 * name and belongs to no `<form>`, so the browser can't send it and doesn't offer to save it.
 */
export function KeyField(props: {
  /** The `controlId` of the form field around it, which has the label, the description and the mistake. */
  id: string;
  invalid: boolean;
  /** Enter was pressed. */
  onEnter: () => void;
  ref: Ref<KeyFieldHandle>;
}): ReactNode {
  const { id, invalid, onEnter, ref } = props;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const input = document.createElement("input");
    for (const [name, value] of Object.entries(ATTRIBUTES)) input.setAttribute(name, value);
    place.current?.append(input);
    const empty = () => {
      input.value = "";
    };
    // The browser may keep this page for its Back button.
    window.addEventListener("pagehide", empty);
    return () => {
      window.removeEventListener("pagehide", empty);
      empty();
      input.remove();
    };
  }, []);
  useEffect(() => {
    const input = inputIn(place.current);
    input?.setAttribute("id", id);
    input?.setAttribute("aria-invalid", String(invalid));
    input?.setAttribute("aria-describedby", `${invalid ? `${id}-error ` : ""}${id}-description`);
  }, [id, invalid]);
  useImperativeHandle(ref, () => ({
    take: () => {
      const input = inputIn(place.current);
      const text = new TextEncoder().encode(input?.value);
      if (input) input.value = "";
      return text;
    },
    focus: () => inputIn(place.current)?.focus(),
  }));
  return (
    <div
      className="key-field"
      ref={place}
      onKeyDown={(event) => {
        if (event.key === "Enter") onEnter();
      }}
    />
  );
}

function inputIn(place: HTMLElement | null): HTMLInputElement | null | undefined {
  return place?.querySelector("input");
}
