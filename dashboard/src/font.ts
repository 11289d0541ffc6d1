import latinExt from "@fontsource-variable/open-sans/files/open-sans-latin-ext-wght-normal.woff2?url";
import latin from "@fontsource-variable/open-sans/files/open-sans-latin-wght-normal.woff2?url";

/** How long the page waits for its font, in milliseconds. */
const PATIENCE = 300;

/** The characters of each file. */
const LATIN =
  "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, " +
  "U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD";
const LATIN_EXT = "U+0100-0130, U+0132-0151, U+0154-02BA, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB, U+20AD-20C0";

/**
 * Loads Cloudscape's typeface, in one variable file instead of the eight files of Cloudscape's own styles, before the page is
 * shown. If it takes too long, this visit goes without it, so that nothing moves when it arrives. With a style sheet and
 * `font-display: optional`, some browsers go without it whenever it is not in their cache.
 */
export async function loadFont(): Promise<void> {
  const face = (file: string, unicodeRange: string) =>
    new FontFace("Open Sans", `url(${file}) format("woff2")`, {
      weight: "300 800",
      display: "optional",
      unicodeRange,
    });
  const font = face(latin, LATIN);
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
  if (await Promise.race([font.load(), late])) {
    document.fonts.add(font);
    // Few pages need this file, so it is loaded only then.
    document.fonts.add(face(latinExt, LATIN_EXT));
  }
}
