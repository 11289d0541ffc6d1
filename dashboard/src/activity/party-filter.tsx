import Autosuggest from "@cloudscape-design/components/autosuggest";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { data } from "../api/client";
import { useApi } from "../api/use-api";
import { fillPage } from "../common/cursor-pages";
import { isolated } from "../common/outside";

/** The maximum number of people that are suggested. */
const SUGGESTIONS = 10;

/**
 * Who did something, or to whom it was done. It searches when the reader has finished typing, because half an address
 * matches nobody.
 */
export function PartyFilter(props: { value: string; onChange: (value: string) => void }): ReactNode {
  const { value, onChange } = props;
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const [name, setName] = useState("");
  const people = usePeople(name);
  if (known !== value) {
    // The value was changed elsewhere, or by this field.
    setKnown(value);
    setText(value);
  }
  const search = (text: string) => {
    if (text.trim() !== value) onChange(text.trim());
  };
  return (
    <Autosuggest
      ariaLabel="By or to whom: a person's name or email address, an account ID, or a key's name, ID or characters"
      placeholder="Person or API key"
      value={text}
      options={people}
      filteringType="manual"
      enteredTextLabel={(text) => `Search for “${isolated(text)}”`}
      clearAriaLabel="Clear"
      onLoadItems={({ detail }) => setName(detail.filteringText.trim())}
      onChange={({ detail }) => {
        setText(detail.value);
        if (detail.value === "") search("");
      }}
      onSelect={({ detail }) => search(detail.value)}
      onKeyDown={({ detail }) => detail.key === "Enter" && search(text)}
      onBlur={() => search(text)}
    />
  );
}

/** The members whose name or address contains this text, as suggestions. */
function usePeople(name: string): { value: string; label: string; description: string }[] {
  const api = useApi();
  const { data: people } = useQuery({
    queryKey: ["members", "named", name],
    enabled: name.length > 1,
    queryFn: () =>
      fillPage(SUGGESTIONS, undefined, async (nextToken) => {
        const query = nextToken ? { nextToken } : { search: name, limit: SUGGESTIONS };
        const list = await data(api.GET("/admin/v1/accounts", { params: { query } }));
        return { items: list.accounts, nextToken: list.nextToken };
      }),
    // A person who knows an address or an ID doesn't need suggestions.
    retry: false,
  });
  if (name.length < 2) return [];
  return (people?.items ?? []).map((account) => ({
    value: account.email,
    label: isolated(account.name),
    description: isolated(account.email),
  }));
}
