/** The parts of a day, in the order in which a locale writes them. */
type Part = "day" | "month" | "year";

const NUMERIC = { day: "2-digit", month: "2-digit", year: "numeric" } as const;
const ALWAYS = { calendar: "gregory", numberingSystem: "latn", timeZone: "UTC" } as const;
const LETTERS: Readonly<Record<Part, string>> = { day: "DD", month: "MM", year: "YYYY" };

/** The beginning of a day (`yyyy-mm-dd`) in the reader's time zone. Undefined if there is no such day. */
export function startOfDay(day: string): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.map(Number) ?? [];
  if (!year || !month || !date) return undefined;
  const at = new Date(year, month - 1, date);
  // The date constructor turns 31 February into a day in March.
  return at.getMonth() + 1 === month && at.getDate() === date ? at : undefined;
}

/** The day as `yyyy-mm-dd`, in the reader's time zone. */
export function dayOf(moment: Date): string {
  return iso(moment.getFullYear(), moment.getMonth() + 1, moment.getDate());
}

/** The pattern in which a locale writes days in digits: `DD.MM.YYYY`. */
export function dayPattern(locale: string): string {
  return numeric(locale, Date.UTC(2000, 0, 1))
    .map(({ type, value }) => LETTERS[type as Part] ?? value)
    .join("");
}

/** A day (`yyyy-mm-dd`) in digits, as a locale writes it: `31.01.2027`. */
export function dayInDigits(day: string, locale: string): string {
  return numeric(locale, utc(day))
    .map(({ value }) => value)
    .join("");
}

/**
 * The locale in which a calendar of months is drawn, and the day with which its weeks begin (0 is Sunday). Calendars here
 * are Gregorian: where a locale counts years and months otherwise, their names would belong to other days.
 */
export function calendarOf(locale: string): { locale: string; startOfWeek?: number } {
  if (new Intl.DateTimeFormat(locale).resolvedOptions().calendar === "gregory") return { locale };
  const { getWeekInfo, weekInfo } = new Intl.Locale(locale) as Intl.Locale & WeekInfo;
  const firstDay = (getWeekInfo?.call(new Intl.Locale(locale)) ?? weekInfo)?.firstDay;
  return { locale: "en-GB", ...(firstDay !== undefined && { startOfWeek: firstDay % 7 }) };
}

/** Browsers have one or the other, and 1 is Monday. */
interface WeekInfo {
  getWeekInfo?: () => { firstDay: number };
  weekInfo?: { firstDay: number };
}

/** A day (`yyyy-mm-dd`) in words, as a locale writes it: `31. Januar 2027`. */
export function dayInWords(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", ...ALWAYS }).format(utc(day));
}

/**
 * The day (`yyyy-mm-dd`) that somebody typed in digits, in the locale's order or with the year first. Undefined if it is
 * not a day. A year must have four digits, because a short year could be confused with a day or month.
 */
export function readDay(text: string, locale: string): string | undefined {
  const [, a = "", b = "", c = ""] = /^\D*(\d+)\D+(\d+)\D+(\d+)\D*$/.exec(latin(text)) ?? [];
  const order: string[] = a.length === 4 ? ["year", "month", "day"] : partsOf(locale);
  const written = new Map([a, b, c].map((digits, i) => [order[i], digits]));
  const [year = "", month = "", date = ""] = ["year", "month", "day"].map((part) => written.get(part));
  if (year.length !== 4 || month.length > 2 || date.length > 2) return undefined;
  const day = iso(Number(year), Number(month), Number(date));
  return startOfDay(day) && day;
}

function partsOf(locale: string): Part[] {
  return numeric(locale, 0).flatMap(({ type }) => (type in LETTERS ? [type as Part] : []));
}

function numeric(locale: string, moment: number): Intl.DateTimeFormatPart[] {
  const parts = new Intl.DateTimeFormat(locale, { ...NUMERIC, ...ALWAYS }).formatToParts(moment);
  const isPart = parts.map(({ type }) => type in LETTERS);
  // Some locales write "year" or the era after the date. Direction marks are removed, because a field has its own direction.
  return parts
    .slice(isPart.indexOf(true), isPart.lastIndexOf(true) + 1)
    .map(({ type, value }) => ({ type, value: value.replace(/[\u200e\u200f\u061c]/g, "") }));
}

/** The text with the digits of other scripts written as 0 to 9. */
function latin(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    // Each script's ten digits are in a row, which begins at a code point that ends in 0 or 6 (in hexadecimal).
    const row = code & ~0xf;
    return String(code - (/\p{Nd}/u.test(String.fromCodePoint(row)) ? row : row + 6));
  });
}

function utc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function iso(year: number, month: number, date: number): string {
  const digits = (value: number, length: number) => String(value).padStart(length, "0");
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}`;
}
