import { expect, test } from "vitest";
import { complaintAbout, rangesMistake, readRanges } from "./ranges";

test.each([
  "203.0.113.7",
  "203.0.113.0/24",
  "203.0.113.7/32",
  "0.0.0.0/0",
  "2001:db8::/48",
  "2001:DB8:0:0:0:0:0:1",
  "::",
  "::1/128",
  "::/0",
  "::ffff:203.0.113.0/120",
  "2001:db8::203.0.113.7",
])("%s is a range", (text) => {
  expect(readRanges(text).mistakes).toEqual([]);
});

test.each([
  "203.0.113",
  "203.0.113.256",
  "203.0.113.0/33",
  "010.0.0.1",
  "1/8",
  "a/24",
  "203.0.113.0/",
  "203.0.113.0/-1",
  "/24",
  "2001:db8::/129",
  "2001:db8",
  "1::2::3",
  "1:2:3:4:5:6:7:8::",
  "1:2:3:4:5:6:7:8:9",
  "12345::",
  "fe80::1%eth0",
  ":::",
  "::ffff:203.0.113",
  "*",
  "acme.example",
])("%s is not a range", (text) => {
  expect(readRanges(text).mistakes).toMatchObject([
    { line: 1, text, detail: expect.stringMatching(/Enter an IPv4 or IPv6/) as string },
  ]);
});

test.each(["203.0.113.7/24", "203.0.113.1/31", "2001:db8::1/48", "::1/0", "::ffff:203.0.113.7/120"])(
  "%s is inside a range",
  (text) => {
    expect(readRanges(text).mistakes).toMatchObject([
      { text, detail: expect.stringMatching(/inside the range/) as string },
    ]);
  },
);

test("ranges are on lines of their own or between commas, and their lines are known", () => {
  const text = "203.0.113.0/24\r\n\n  198.51.100.7 , 198.51.100.8;\n2001:db8::/48\n";
  const { ranges, lines, mistakes } = readRanges(text);
  expect(ranges).toEqual(["203.0.113.0/24", "198.51.100.7", "198.51.100.8", "2001:db8::/48"]);
  expect(lines).toEqual([1, 3, 3, 4]);
  expect(mistakes).toEqual([]);
});

test("a list has 1 to 20 ranges", () => {
  const list = (count: number) =>
    readRanges(Array.from({ length: count }, (_, i) => `203.0.113.${i}`).join("\n"));
  expect(rangesMistake(list(0))).toBe("Enter at least one address or range.");
  expect(rangesMistake(list(1))).toBe("");
  expect(rangesMistake(list(20))).toBe("");
  expect(rangesMistake(list(21))).toBe("Enter at most 20 ranges. There are 21.");
  expect(rangesMistake(readRanges("\n\n10.0.0.1/8"))).toMatch(
    /^Line 3, “10.0.0.1\/8”: This address is inside/,
  );
});

test("what the API says about a range names its line", () => {
  const read = readRanges("203.0.113.0/24\n\n198.51.100.7");
  const about = (field: string) => complaintAbout(new Map([[field, "Must be better."]]), read);
  expect(about("networks.ranges[1]")).toBe("Line 3, “198.51.100.7”: Must be better.");
  expect(about("ranges[0]")).toBe("Line 1, “203.0.113.0/24”: Must be better.");
  expect(about("networks.ranges")).toBe("Must be better.");
  expect(about("networks")).toBe("Must be better.");
  expect(about("name")).toBe("");
});
