import { useState } from "react";

/** A field's text, which starts again from its value whenever the value changes, elsewhere or by this field. */
export function useEdited(value: string): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  return [text, setText];
}
