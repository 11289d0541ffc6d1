const RULES = new Intl.PluralRules("en");
const NUMBERS = new Intl.NumberFormat("en");

/** `1 account`, `2 accounts`, `10,000 accounts`. */
export function plural(count: number, one: string, other = `${one}s`): string {
  return `${NUMBERS.format(count)} ${RULES.select(count) === "one" ? one : other}`;
}
