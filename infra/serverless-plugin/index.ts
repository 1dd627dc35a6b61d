import { InfiniticError } from "../../lib/core/values/errors.ts";
import { nodeVersionFlaw } from "../../lib/node-version.ts";
import { applyConfiguration, applyEnvironment, applyRoute, applyStack, dropLambdaBridge } from "./apply.ts";
import { checkDeployable } from "./deployable.ts";
import { emptyBucket } from "./empty-bucket.ts";
import { applyLocalEncryption } from "./encryption.ts";
import { bridgeToModule } from "./invoke-local.ts";
import { refuseAlias } from "./invoked-name.ts";
import { answerWithProblems, leaveOutAliases, type OfflineReady, useLocalPulsar } from "./offline.ts";
import { physicalIdOf } from "./physical-id.ts";
import { type Plan, planOf } from "./plan.ts";
import { REDRIVE_OPTIONS, type RedriveCommand, redriveOf } from "./redrive.ts";
import { resolveEnvironment } from "./resolved-environment.ts";
import { CUSTOM, FUNCTION, PULSAR_EVENT } from "./schemas.ts";
import type { PluginTools, Serverless } from "./serverless.ts";
import { manageTopicsOf } from "./topics.ts";

/**
 * The plugin of the Serverless Framework: understands the function event `pulsar` and `custom.infinitic`, gives
 * functions their environment, rights and the API's route, and adds table, payload bucket and alarms to the stack.
 *
 * @example
 * plugins: [./infra/serverless-plugin/index.ts]
 * custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com:8443" } } }
 * functions:
 *   flights: { handler: functions/flights.handler, events: [{ pulsar: { service: Flights } }] }
 *   booking: { handler: functions/booking.handler, events: [{ pulsar: { workflow: Booking, batchSize: 20 } }] }
 */
export default class InfiniticPlugin {
  readonly commands = {
    infinitic: {
      usage: "Looks after what a service needs besides its stack",
      commands: {
        topics: {
          usage: "Creates and checks tenant, namespace, topics and subscriptions in Pulsar",
          lifecycleEvents: ["manage"],
        },
        redrive: {
          usage: "Sends dead letters back to their topics",
          lifecycleEvents: ["send"],
          options: REDRIVE_OPTIONS,
        },
        replay: {
          usage: "The former name of redrive",
          lifecycleEvents: ["send"],
          options: REDRIVE_OPTIONS,
        },
      },
    },
  };
  readonly hooks: { readonly [lifecycleEvent: string]: () => void | Promise<void> };
  readonly #serverless: Serverless;
  readonly #log: PluginTools["log"];
  #plan: Plan | undefined;

  constructor(
    serverless: Serverless,
    options: RedriveCommand & { readonly function?: string },
    { log }: PluginTools,
  ) {
    const flaw = nodeVersionFlaw();
    if (flaw !== undefined) throw new serverless.classes.Error(flaw, "MISCONFIGURED");
    this.#serverless = serverless;
    this.#log = log;
    const { configSchemaHandler } = serverless;
    configSchemaHandler.defineFunctionEvent("aws", "pulsar", PULSAR_EVENT);
    configSchemaHandler.defineCustomProperties({ properties: CUSTOM.properties });
    this.hooks = {
      initialize: () => {
        this.#apply();
        this.#followBundler(options.function);
      },
      // Only a deployed API asks who calls, and only deployed functions have roles and a bucket.
      "before:package:setupProviderConfiguration": () => this.#deploy(),
      // Of one function: it goes by neither a stack nor the hook above.
      "after:deploy:function:initialize": () => this.#deployFunction(options.function),
      "before:deploy:deploy": () => this.#topicsOfDeployment(),
      "infinitic:topics:manage": () => this.#topics(),
      "infinitic:redrive:send": () => this.#redrive(options),
      "infinitic:replay:send": () => this.#redrive(options),
      "before:remove:remove": () => this.#emptyBucket(),
      // `serverless offline`, and `serverless offline start`.
      "before:offline:start": () => this.#encryptLocally(),
      "before:offline:start:init": () => this.#encryptLocally(),
      "after:offline:start:init": () => this.#offline(),
    };
  }

  /** Once all plugins are there: another one may have a setting of that name, whichever comes first. */
  asyncInit(): void {
    try {
      this.#serverless.configSchemaHandler.defineFunctionProperties("aws", FUNCTION);
    } catch {
      const message =
        "expected no other plugin that defines iamRoleStatements of a function, as serverless-iam-roles-per-function does, got one: take it out of plugins, as infinitic-serverless gives each function a role of its own with these statements";
      throw new this.#serverless.classes.Error(message, "INVALID_OPTION");
    }
  }

  #apply(): void {
    const { service } = this.#serverless;
    useLocalPulsar(service);
    leaveOutAliases(this.#serverless);
    this.#plan = this.#read();
    dropLambdaBridge(this.#plan, service);
    applyEnvironment(this.#plan, service);
    applyRoute(this.#plan, service);
  }

  /** Of a function that is invoked here: once it is bundled, and by whichever plugin, before it is loaded. */
  #followBundler(key = ""): void {
    const { pluginManager, service, serviceDir: source } = this.#serverless;
    const { hooks = {} } = pluginManager;
    const hook = async (): Promise<void> => {
      const { serviceDir } = this.#serverless;
      const handler = service.functions[key]?.handler;
      if (handler !== undefined && serviceDir !== source) await bridgeToModule(serviceDir, handler);
    };
    hooks["before:invoke:local:invoke"] ??= [];
    hooks["before:invoke:local:invoke"].push({ pluginName: "InfiniticPlugin", hook });
  }

  #deploy(): void {
    if (!this.#plan) return;
    const { service } = this.#serverless;
    try {
      checkDeployable(this.#plan, service);
      applyStack(this.#plan, service);
    } catch (error) {
      throw this.#told(error);
    }
    if (this.#plan.auth.kind === "none") {
      this.#log.warning("custom.infinitic.auth is none: whoever knows the API's address may call it.");
    }
  }

  async #deployFunction(key = ""): Promise<void> {
    const { service } = this.#serverless;
    const deployed = service.functions[key];
    if (!this.#plan?.members.some((member) => member.key === key) || !deployed) return;
    const { environment: ofAll, remoteFunctionData } = service.provider;
    const aws = this.#serverless.getProvider("aws");
    try {
      checkDeployable(this.#plan, service);
      refuseAlias(key, deployed);
      applyConfiguration(this.#plan, service);
      await resolveEnvironment(deployed, {
        key,
        ofAll,
        deployed: remoteFunctionData?.Configuration?.Environment?.Variables ?? {},
        physicalId: async (logicalId) =>
          physicalIdOf(logicalId, aws.naming.getStackName(), await aws.getAwsSdkV3Config()),
      });
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** Before anything is deployed: what cannot be reached then is not reached by functions either. */
  async #topicsOfDeployment(): Promise<void> {
    if (this.#plan?.pulsar.manageTopics !== false) await this.#topics();
  }

  async #topics(): Promise<void> {
    if (!this.#plan) return;
    try {
      await manageTopicsOf(this.#plan, this.#serverless, this.#log);
    } catch (error) {
      throw this.#told(error);
    }
  }

  async #redrive(options: RedriveCommand): Promise<void> {
    if (!this.#plan) return;
    try {
      await redriveOf(this.#plan, this.#serverless, options, this.#log);
    } catch (error) {
      throw this.#told(error);
    }
  }

  #read(): Plan {
    try {
      return planOf(this.#serverless.service);
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** The same as an error of the framework's own class: that it prints without a stack. */
  #told(error: unknown): unknown {
    if (!(error instanceof InfiniticError)) return error;
    return new this.#serverless.classes.Error(error.message, error.code);
  }

  /** Where nothing is retained, payloads are not in the way of their bucket's removal. */
  async #emptyBucket(): Promise<void> {
    if (this.#plan?.retainData !== false || this.#plan.bucket.existing !== undefined) return;
    const provider = this.#serverless.getProvider("aws");
    const count = await emptyBucket(provider.naming.getStackName(), await provider.getAwsSdkV3Config());
    if (count === 0) return;
    const payloads = count === 1 ? "1 payload" : `${count} payloads`;
    this.#log.notice(`Deleted ${payloads}, as custom.infinitic.retainData is false`);
  }

  #encryptLocally(): void {
    if (this.#plan) applyLocalEncryption(this.#plan, this.#serverless.service.functions);
  }

  #offline(): void {
    if (!this.#plan) return;
    answerWithProblems(this.#serverless);
    const { tableName, bridge } = this.#plan;
    process.send?.({ tableName, bridge } satisfies OfflineReady);
  }
}
