import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkContainer } from "../../infra/serverless-plugin/container-settings.ts";
import { planOf } from "../../infra/serverless-plugin/plan.ts";
import type { ContainerSettings, Settings } from "../../infra/serverless-plugin/serverless.ts";
import { readPage } from "./pages.ts";

test("a bridge in a container has the settings that the page gives, and the defaults that it names", () => {
  const { custom } = parse(readPage("docs/examples/container.yml")) as { custom: { infinitic: Settings } };
  const { container } = planOf({ service: "shop", provider: { stage: "dev" }, functions: {}, custom });
  const { bridge } = custom.infinitic as { bridge: { container: ContainerSettings } };
  expect(container).toEqual(bridge.container);
  // Without what has a default.
  const { assignPublicIp, cpu, memory, min, max, backlogPerTask, ...needed } = bridge.container;
  expect(checkContainer(needed)).toEqual(container);
});
