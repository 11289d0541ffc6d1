import { expect, test } from "vitest";
import { calendarOf, dayInDigits, dayInWords, dayPattern, readDay, startOfDay } from "./day";

test.each([
  ["en-US", "MM/DD/YYYY", "01/31/2027", "January 31, 2027"],
  ["de-DE", "DD.MM.YYYY", "31.01.2027", "31. Januar 2027"],
  ["en-GB", "DD/MM/YYYY", "31/01/2027", "31 January 2027"],
  ["ja-JP", "YYYY/MM/DD", "2027/01/31", "2027年1月31日"],
  ["sv-SE", "YYYY-MM-DD", "2027-01-31", "31 januari 2027"],
])("%s writes days in its usual format, and reads what it writes", (locale, pattern, digits, words) => {
  expect(dayPattern(locale)).toBe(pattern);
  expect(dayInDigits("2027-01-31", locale)).toBe(digits);
  expect(dayInWords("2027-01-31", locale)).toBe(words);
  expect(readDay(digits, locale)).toBe("2027-01-31");
});

test.each([
  "ar-EG",
  "fa-IR",
  "he-IL",
  "hu-HU",
  "ko-KR",
  "th-TH",
  "zh-Hant-TW",
  "bg-BG",
  "ja-JP-u-ca-japanese",
])("%s reads what it writes", (locale) => {
  expect(dayPattern(locale)).toMatch(/^[DMY][\P{L}DMY]+$/u);
  expect(readDay(dayInDigits("2027-01-31", locale), locale)).toBe("2027-01-31");
});

test.each([
  ["05.11.2026", "de-DE", "2026-11-05"],
  ["5.11.2026", "de-DE", "2026-11-05"],
  [" 5. 11. 2026 ", "de-DE", "2026-11-05"],
  ["05.11.2026", "en-US", "2026-05-11"],
  ["2026-11-05", "de-DE", "2026-11-05"],
  ["2026/11/05", "en-US", "2026-11-05"],
  ["٠٥/١١/٢٠٢٦", "ar-EG", "2026-11-05"],
  ["२०२६-११-०५", "hi-IN", "2026-11-05"],
  ["２０２６/１１/０５", "ja-JP", "2026-11-05"],
])("%j in %s is %s", (text, locale, day) => {
  expect(readDay(text, locale)).toBe(day);
});

test.each([
  "",
  "5.11.",
  "5.11.26",
  "5.11.2",
  "31.02.2026",
  "11/31/2026",
  "5.11.20266",
  "5.11.2026 12:00",
  "today",
])("%j is not a day", (text) => {
  expect(readDay(text, "de-DE")).toBe(undefined);
});

test.each([
  ["de-DE", { locale: "de-DE" }],
  ["fa-IR", { locale: "en-GB", startOfWeek: 6 }],
  ["th-TH", { locale: "en-GB", startOfWeek: 0 }],
])("the calendar in %s is Gregorian", (locale, expected) => {
  expect(calendarOf(locale)).toEqual(expected);
});

test.each(["2026-02-30", "2026-2-3", "0000-01-01", "05.11.2026", ""])("there is no day %j", (day) => {
  expect(startOfDay(day)).toBe(undefined);
});
