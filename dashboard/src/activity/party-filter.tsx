import Autosuggest from "@cloudscape-design/components/autosuggest";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { type Account, data } from "../api/client";
import { useApi } from "../api/use-api";
import { fillPage } from "../common/cursor-pages";
import { isolated } from "../common/outside";
import { masked } from "../common/secrets";
import { useEdited } from "../common/use-edited";

/** The maximum number of people that are suggested. */
const SUGGESTIONS = 10;

/**
 * Who did something, or to whom it was done. It searches when the reader has finished typing, because half an address
 * matches nobody.
 */
export function PartyFilter(props: { value: string; onChange: (value: string) => void }): ReactNode {
  const { value, onChange } = props;
  const [text, setText] = useEdited(value);
  const [name, setName] = useState("");
  const people = usePeople(name);
  const chosen = useRef(false);
  const search = (text: string) => {
    const wanted = addressOf(text.trim(), name, people);
    if (wanted !== value) onChange(wanted);
  };
  return (
    <Autosuggest
      ariaLabel="By or to whom: a person's name or email address, an account ID, or a key's name, ID or mask"
      placeholder="Person or API key"
      value={text}
      options={people.map((account) => ({
        value: account.email,
        label: isolated(account.name),
        description: isolated(account.email),
      }))}
      filteringType="manual"
      enteredTextLabel={(text) => `Search for “${isolated(text)}”`}
      clearAriaLabel="Clear"
      onLoadItems={({ detail }) => setName(masked(detail.filteringText.trim()))}
      onChange={({ detail }) => {
        setText(masked(detail.value));
        if (detail.value === "") search("");
      }}
      onSelect={({ detail }) => {
        chosen.current = true;
        search(detail.value);
      }}
      onKeyDown={({ detail }) => {
        if (detail.key !== "Enter") return;
        // Enter also chooses a highlighted suggestion. That event comes after this one.
        chosen.current = false;
        setTimeout(() => chosen.current || search(text));
      }}
      onBlur={() => search(text)}
    />
  );
}

/** The address of the one member whom this text names. Otherwise the text. */
function addressOf(text: string, searched: string, people: readonly Account[]): string {
  const named = people.filter((account) => account.name.toLowerCase() === text.toLowerCase());
  const [only, ...others] = named.length > 0 || searched !== text ? named : people;
  return only && others.length === 0 ? only.email : text;
}

/** The members whose name or address contains this text, as suggestions. */
function usePeople(name: string): readonly Account[] {
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
  return name.length > 1 ? (people?.items ?? []) : [];
}
