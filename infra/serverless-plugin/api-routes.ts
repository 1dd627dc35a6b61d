import type { Auth, Throttling } from "./settings.ts";

const AUTHORIZER = "infinitic";

/** The one route of the api function, which answers every path itself. */
export function catchAll(auth: Auth): { readonly path: "*"; readonly authorizer?: object } {
  switch (auth.kind) {
    case "iam":
      return { path: "*", authorizer: { type: "aws_iam" } };
    case "jwt":
      return { path: "*", authorizer: { name: AUTHORIZER, ...(auth.scopes && { scopes: auth.scopes }) } };
    case "none":
      return { path: "*" };
  }
}

/** Authorisers for `provider.httpApi`. */
export function authorizersOf(auth: Auth): { readonly [name: string]: object } {
  if (auth.kind !== "jwt") return {};
  const { issuerUrl, audience } = auth;
  return {
    [AUTHORIZER]: { type: "jwt", identitySource: "$request.header.Authorization", issuerUrl, audience },
  };
}

/** What the framework's API stage is to have besides. */
export function stageSettings({ rate, burst }: Throttling, hasMetrics: boolean): object {
  return {
    DefaultRouteSettings: {
      DetailedMetricsEnabled: hasMetrics,
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    },
  };
}
