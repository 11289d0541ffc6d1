import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { expect, test } from "vitest";

test("every message of Cloudscape is parsed already, because the page has no parser for them", () => {
  const components = Object.values(messages)
    .flatMap((locales) => Object.values(locales))
    .flatMap((locale) => Object.values(locale));
  const found: unknown[] = components.flatMap((texts) => Object.values(texts));
  expect(found.length).toBeGreaterThan(100);
  expect(found.filter((message) => !Array.isArray(message))).toEqual([]);
});
