/**
 * Tells why a text is no address that paths can be appended to: `http(s)://host`, with a port and a path if it has
 * them. Undefined when it is one.
 */
export function flawOfBaseUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return "expected http:// or https://, and a host";
  const { search, hash, username, password } = new URL(text);
  if (username || password) return "expected no user or password in it, as an address ends in logs";
  if (search || hash) return "expected an address without ? and #, as paths are appended to it";
  return undefined;
}

/** Appends a path to an address, below the path that it may have itself. */
export function urlBelow(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}
