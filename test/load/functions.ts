/**
 * The functions of a load, for the function host: the simulation's workflows and service on a real store. Each
 * execution of a task is recorded in a file of this process, where `EXECUTIONS` names a directory for these; what is
 * delegated is handed over in a file in the directory `HANDOVERS`.
 */
import { dynamoDbStores } from "../../lib/adapters/dynamodb/stores.ts";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import { Sweeper } from "../../lib/engine/sweeper.ts";
import { workflowHandler } from "../../lib/engine/workflow-handler.ts";
import { serviceHandler } from "../../lib/service/service-handler.ts";
import { executionRecorder } from "../integration/kills/executions.ts";
import {
  Collector,
  CollectorV1,
  DESK_OPTIONS,
  Desk,
  deskWith,
  Journey,
  JourneyV1,
} from "../simulation/journey.ts";
import { handoverWriter } from "./handovers.ts";

const {
  INFINITIC_TABLE: tableName = "",
  DYNAMODB_ENDPOINT: endpoint = "",
  EXECUTIONS: directory = "",
  HANDOVERS: handovers = "",
} = process.env;
const clock = systemClock;
const stores = dynamoDbStores({ tableName, endpoint, region: "local", clock });
const record = directory === "" ? () => undefined : executionRecorder(directory);

/** Most tasks take some milliseconds, some long enough for something to happen meanwhile. */
const LONGEST_WORK_MS = 200;

/** A task records that it is executed before it does anything: an execution that dies counts. */
function workMs(): number {
  record();
  return LONGEST_WORK_MS * Math.random() ** 3;
}

const handOver = handoverWriter(handovers);
const desk = deskWith(clock, workMs);
/** A task is recorded, then handed over, and only later is the workflow told so: whoever gets it may be quicker. */
const delegatingDesk: Desk = {
  ...desk,
  delegate: (name) => {
    const work = desk.delegate(name);
    handOver({ name, isWatched: false });
    return work;
  },
  watch: (name) => {
    const work = desk.watch(name);
    handOver({ name, isWatched: true });
    return work;
  },
};

const sweeper = new Sweeper({ store: stores.dueStore, clock });

export const handlers: { readonly [name: string]: Handler } = {
  journey: workflowHandler({ ...stores, clock, definition: Journey, classes: [JourneyV1] }),
  collector: workflowHandler({ ...stores, clock, definition: Collector, classes: [CollectorV1] }),
  desk: serviceHandler(Desk, delegatingDesk, DESK_OPTIONS, {
    clock,
    random: Math.random,
    payloadStore: stores.payloadStore,
  }),
  timers: sweeper.sweep.bind(sweeper) as Handler,
};
