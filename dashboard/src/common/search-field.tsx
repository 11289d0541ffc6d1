import Input from "@cloudscape-design/components/input";
import { type ReactNode, useEffect, useState } from "react";
import { masked } from "./secrets";

/** Milliseconds without a key press after which a search begins. */
const PAUSE = 350;

/** A search field. It searches a moment after the last key press. */
export function SearchField(props: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const { value, onChange } = props;
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    // The value was changed elsewhere, or by this field. Then the reader may have typed more since.
    setKnown(value);
    if (value === "") setText("");
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input
      type="search"
      ariaLabel={props.label}
      placeholder={props.placeholder}
      value={text}
      autoComplete={false}
      spellcheck={false}
      onChange={({ detail }) => setText(masked(detail.value))}
    />
  );
}
