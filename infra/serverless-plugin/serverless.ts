/** What the plugin uses of the Serverless Framework, which tells plugins no types. */
export interface Serverless {
  readonly service: {
    readonly service: string;
    readonly provider: { readonly stage: string; readonly timeout?: number };
    readonly functions: { readonly [key: string]: DeployedFunction };
    readonly custom?: { readonly infinitic?: Settings };
    resources?: { Resources?: { [logicalId: string]: unknown } };
  };
  readonly configSchemaHandler: {
    defineFunctionEvent(provider: string, event: string, schema: object): void;
    defineCustomProperties(schema: object): void;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly pluginManager: { readonly plugins: readonly object[] };
}

/** A function of `serverless.yml`. */
export interface DeployedFunction {
  /** Its name in Lambda: `<service>-<stage>-<key>` unless given. */
  readonly name: string;
  /** In seconds. */
  readonly timeout?: number;
  readonly events?: readonly { readonly pulsar?: PulsarEvent }[];
  environment?: { [name: string]: unknown };
}

/** The event `pulsar`: which messages a function takes. */
export interface PulsarEvent {
  readonly service?: string;
  readonly workflow?: string;
  /** The method that a start runs when it names none. */
  readonly method?: string;
  readonly batchSize?: number;
  readonly lingerMs?: number;
  readonly maxConcurrency?: number;
}

/** `custom.infinitic`. */
export interface Settings {
  readonly pulsar: { readonly webUrl: string; readonly tenant?: string; readonly namespace?: string };
  /** The table's name: `<service>-<stage>` unless given. */
  readonly table?: string;
  /** The key of the function that answers HTTP: `api` unless given. */
  readonly api?: string;
  /** The key of the function that sweeps far wake-ups: `timers` unless given. */
  readonly timers?: string;
}
