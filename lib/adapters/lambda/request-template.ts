import { InvokeCommand, LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";

/** Where Lambda is and who calls; found by the AWS SDK's own rules where absent. */
export type LambdaTarget = Pick<LambdaClientConfig, "endpoint" | "region" | "credentials">;

type Signer = Awaited<ReturnType<LambdaClient["config"]["signer"]>>;
type SdkRequest = Parameters<Signer["sign"]>[0];

/** An Invoke request as the AWS SDK makes it, without function, body and signature. */
export interface RequestTemplate {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  /** What stands before the API's own path. */
  readonly basePath: string;
  readonly headers: { readonly [name: string]: string };
  /** Renews credentials as they expire. */
  readonly signer: Signer;
}

const NAME = "f";
export const INVOKE_PATH = { prefix: "/2015-03-31/functions/", suffix: "/invocations" };

/**
 * Asks the AWS SDK once how it would send an Invoke request.
 *
 * Region, endpoint, credentials and signature stay the SDK's; only its middleware is left out of each call,
 * because it doubles what a call costs (docs/decisions/0008).
 *
 * @throws whatever the SDK throws where it finds no region or no credentials
 */
export async function resolveTemplate(target: LambdaTarget): Promise<RequestTemplate> {
  const seen = Promise.withResolvers<Omit<RequestTemplate, "signer">>();
  const client = new LambdaClient({
    ...target,
    requestHandler: {
      handle: async ({ protocol, hostname, port, path, headers }: SdkRequest) => {
        const basePath = path.slice(0, -`${INVOKE_PATH.prefix}${NAME}${INVOKE_PATH.suffix}`.length);
        seen.resolve({
          protocol,
          hostname,
          port: port ?? (protocol === "https:" ? 443 : 80),
          basePath,
          headers: { host: headers["host"] ?? hostname },
        });
        return { response: { statusCode: 200, headers: {} } };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  await client.send(new InvokeCommand({ FunctionName: NAME }));
  return { ...(await seen.promise), signer: await client.config.signer() };
}
