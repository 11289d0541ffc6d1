const API_KEY = /([0-9A-Za-z]{4})[0-9A-Za-z]{18}_cak1_[0-9A-Za-z]{24}([0-9A-Za-z]{4})/g;

/** The text with each API key in it replaced by the key's mask: addresses and storage must hold no key. */
export function masked(text: string): string {
  return text.replace(API_KEY, "$1…$2");
}
