/** Tells whether a well-formed text has more bytes than this in UTF-8. */
export function isLongerThan(bytes: number, text: string): boolean {
  // A UTF-16 unit is one to three bytes of UTF-8: most texts need no counting.
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && utf8Bytes(text) > bytes;
}

/** Counts the bytes of a well-formed text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Half of a surrogate pair stands for two of its four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
