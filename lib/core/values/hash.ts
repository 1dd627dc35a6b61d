/**
 * Hashes a text's UTF-16 code units to 128 bits, as 32 hex digits: four lanes mixed in the manner of MurmurHash3
 * (Austin Appleby, public domain), not compatible with it. Not cryptographic: it spreads names, it proves nothing.
 */
export function hash128(text: string): string {
  const c = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
  const h = [text.length, text.length ^ 0x9e3779b9, text.length ^ 0x7f4a7c15, text.length ^ 0x85ebca6b];
  for (let at = 0; at < text.length; at += 8) {
    for (let lane = 0; lane < 4; lane++) {
      const low = text.charCodeAt(at + lane * 2) || 0;
      const high = text.charCodeAt(at + lane * 2 + 1) || 0;
      let k = Math.imul(low | (high << 16), c[lane] as number);
      k = Math.imul(rotate(k, 15 + lane), c[(lane + 1) % 4] as number);
      const mixed = rotate((h[lane] as number) ^ k, 19 - lane * 2) + (h[(lane + 1) % 4] as number);
      h[lane] = (Math.imul(mixed, 5) + 0x561ccd1b) | 0;
    }
  }
  mixLanes(h);
  for (let lane = 0; lane < 4; lane++) h[lane] = avalanche((h[lane] as number) ^ text.length);
  mixLanes(h);
  return h.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function mixLanes(h: number[]): void {
  const [a = 0, b = 0, c = 0, d = 0] = h;
  const sum = (a + b + c + d) | 0;
  h[0] = sum;
  for (let lane = 1; lane < 4; lane++) h[lane] = ((h[lane] as number) + sum) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanche(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
