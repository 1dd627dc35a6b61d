import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { ContainerSettings } from "./serverless.ts";

/** The settings of a bridge in a container with every default filled in. */
export interface CheckedContainer extends Required<Omit<ContainerSettings, "serviceUrl">> {
  readonly serviceUrl?: string;
}

const WHERE = "custom.infinitic.bridge.container";
const GB = 1_024;

/** What Fargate offers: memory in MB from and to, by CPU units. */
const SIZES: { readonly [cpu: number]: readonly [least: number, most: number] } = {
  256: [GB / 2, 2 * GB],
  512: [GB, 4 * GB],
  1024: [2 * GB, 8 * GB],
  2048: [4 * GB, 16 * GB],
  4096: [8 * GB, 30 * GB],
};

/** @throws InfiniticError `INVALID_OPTION` */
export function checkContainer(settings: ContainerSettings): CheckedContainer {
  const { image, subnets, securityGroups, cpu = 512, min = 1 } = settings;
  const { memory = SIZES[cpu]?.[0] ?? 0, max = Math.max(4, min) } = settings;
  if (image === undefined) {
    throw invalid("image", "the URI of the image that infra/bridge/Dockerfile makes", "none");
  }
  if (!subnets?.length) throw invalid("subnets", "the subnets in which the bridge runs", "none");
  if (!securityGroups?.length) throw invalid("securityGroups", "the bridge's security groups", "none");
  const size = SIZES[cpu];
  if (size === undefined) throw invalid("cpu", `one of ${Object.keys(SIZES).join(", ")}`, cpu);
  const [least, most] = size;
  if (memory < least || memory > most || (memory % GB !== 0 && memory !== GB / 2)) {
    throw invalid("memory", `whole GB between ${least} and ${most} MB for ${cpu} CPU units`, memory);
  }
  if (max < min) throw invalid("max", `at least min, which is ${min}`, max);
  const { backlogPerTask = 500, assignPublicIp = false, serviceUrl } = settings;
  return {
    image,
    subnets,
    securityGroups,
    cpu,
    memory,
    min,
    max,
    backlogPerTask,
    assignPublicIp,
    ...(serviceUrl !== undefined && { serviceUrl }),
  };
}

function invalid(name: string, expected: string, got: string | number): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `${WHERE}.${name}: expected ${expected}, got ${got}`);
}
