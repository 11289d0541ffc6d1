/** The maximum number of ranges in a list of networks. */
export const MOST_RANGES = 20;

/** A line of the text that is not a range. */
export interface RangeMistake {
  line: number;
  text: string;
  detail: string;
}

/** The ranges in a text. */
export interface Ranges {
  /** One for each line that is not empty, in the order of the text. */
  ranges: string[];
  /** The number of the line of each range. */
  lines: number[];
  mistakes: RangeMistake[];
}

/** Reads ranges, one on each line. Lines can also end at commas, because lists are often copied like this. */
export function readRanges(text: string): Ranges {
  const found: Ranges = { ranges: [], lines: [], mistakes: [] };
  text.split(/\r\n|\r|\n/).forEach((content, i) => {
    for (const part of content.split(/[,;\s]+/)) {
      if (part === "") continue;
      const line = i + 1;
      found.ranges.push(part);
      found.lines.push(line);
      const detail = mistakeIn(part);
      if (detail) found.mistakes.push({ line, text: part, detail });
    }
  });
  return found;
}

/** What is wrong with the ranges as a whole, or with one of them. Empty if the page finds nothing. */
export function rangesMistake({ ranges, mistakes }: Ranges): string {
  const [first] = mistakes;
  if (first) return lineMistake(first);
  if (ranges.length === 0) return "Enter at least one address or range.";
  return ranges.length > MOST_RANGES
    ? `Enter at most ${MOST_RANGES} ranges. There are ${ranges.length}.`
    : "";
}

/** What the API says about the ranges, with the lines on which they are. Empty if it says nothing. */
export function complaintAbout(fields: ReadonlyMap<string, string>, { ranges, lines }: Ranges): string {
  for (const [field, detail] of fields) {
    const [, index] = /^(?:networks\.)?ranges\[(\d+)\]/.exec(field) ?? [];
    const [text, line] = [ranges[Number(index)], lines[Number(index)]];
    if (text !== undefined && line !== undefined) return lineMistake({ line, text, detail });
    if (/^(networks|ranges)\b/.test(field)) return detail;
  }
  return "";
}

function lineMistake({ line, text, detail }: RangeMistake): string {
  return `Line ${line}, “${text}”: ${detail}`;
}

const MALFORMED = "Enter an IPv4 or IPv6 address, or a range such as 203.0.113.0/24.";

/** What is wrong with an address or a range. Undefined if it is right. The API has the last word. */
function mistakeIn(text: string): string | undefined {
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = bitsOf(address);
  const length = prefix === undefined ? bits?.length : Number(prefix);
  if (!bits || length === undefined || length > bits.length) return MALFORMED;
  return bits.includes("1", length)
    ? `This address is inside the range, not at its beginning. Change the address or the number after the slash.`
    : undefined;
}

/** The bits of an IPv4 or IPv6 address, as zeros and ones. Undefined if it is not an address. */
function bitsOf(address: string): string | undefined {
  if (!address.includes(":")) return bitsOfIpv4(address);
  // The last 32 bits of an IPv6 address can be written like an IPv4 address (RFC 4291 §2.2).
  const [, before = "", dotted] = /^(.*:)(\d+(?:\.\d+){3})$/.exec(address) ?? [];
  const ipv4 = dotted === undefined ? "" : bitsOfIpv4(dotted);
  if (ipv4 === undefined) return undefined;
  const groups = ipv4 === "" ? address : `${before}${hexOf(ipv4.slice(0, 16))}:${hexOf(ipv4.slice(16))}`;
  const [head = "", tail, more] = groups.split("::");
  const [first, last] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const given = [...(first ?? []), ...(last ?? [])];
  const isRight = tail === undefined ? given.length === 8 : given.length < 8;
  if (more !== undefined || !isRight || !given.every((group) => /^[0-9a-f]{1,4}$/i.test(group)))
    return undefined;
  const missing = Array<string>(8 - given.length).fill("0");
  return [...(first ?? []), ...missing, ...(last ?? [])]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}

function bitsOfIpv4(address: string): string | undefined {
  const numbers = address.split(".");
  // A leading zero means octal to some programs.
  const isRight =
    numbers.length === 4 && numbers.every((n) => /^(0|[1-9]\d{0,2})$/.test(n) && Number(n) < 256);
  return isRight ? numbers.map((n) => Number(n).toString(2).padStart(8, "0")).join("") : undefined;
}

function hexOf(bits: string): string {
  return Number.parseInt(bits, 2).toString(16);
}
