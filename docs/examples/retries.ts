import {
  defineService,
  defineWorkflow,
  exponentialBackoff,
  fixedDelay,
  type InfiniticClient,
  NonRetryableError,
  newService,
  noRetry,
  type RetryPolicy,
  serviceFunction,
  timer,
  Workflow,
} from "infinitic-serverless";

export interface Forecasts {
  tomorrow(city: string): Promise<string>;
}
export const Forecasts = defineService<Forecasts>("Forecasts");

export class WeatherStation implements Forecasts {
  readonly asked: string[] = [];

  // #region non-retryable
  async tomorrow(city: string) {
    if (city === "") throw new NonRetryableError("expected a city"); // no attempt will ever cure it
    // #endregion
    this.asked.push(city);
    if (city === "Atlantis") throw new Error("no signal");
    return "sunny";
  }
}

const service = new WeatherStation();

export const handlers = [
  // #region policies
  serviceFunction(Forecasts, service), // the default: 11 retries, from 1 s to 1,000 s, with jitter
  serviceFunction(Forecasts, service, {
    retry: exponentialBackoff({
      minDelay: "500ms",
      maxDelay: "1m",
      factor: 2,
      jitter: 0.5, // each delay is half to one and a half times as long
      maxRetries: 8,
      nonRetryable: ["DeclinedError"], // names of errors
    }),
  }),
  serviceFunction(Forecasts, service, { retry: fixedDelay("10s", { maxRetries: 3 }) }),
  serviceFunction(Forecasts, service, { retry: noRetry }),
  // #endregion
];

// #region own
export const patient: RetryPolicy = ({ attempt, failure }) => {
  if (failure.name === "RangeError" || attempt >= 5) return undefined; // gives up
  return attempt === 0 ? 0 : 60_000; // milliseconds: at once, then once a minute
};
// #endregion

export interface Weather {
  run(city: string): Promise<string>;
}
export const Weather = defineWorkflow<Weather>("Weather");

export class WeatherV1 extends Workflow implements Weather {
  async run(city: string) {
    return newService(Forecasts).tomorrow(city);
  }
}

export interface Trip {
  run(city: string): Promise<string>;
}
export const Trip = defineWorkflow<Trip>("Trip");

export class TripV1 extends Workflow implements Trip {
  async run(city: string) {
    // #region inside
    const forecast = newService(Forecasts).tomorrow(city);
    try {
      return await forecast;
    } catch {
      await timer("1h");
      forecast.retry(); // a new sequence of attempts
      return await forecast; // its new outcome
    }
    // #endregion
  }
}

export async function byHand(client: InfiniticClient, id: string, taskId: string) {
  // #region by-hand
  const weather = client.getWorkflowById(Weather, id);
  await weather.retryTasks(); // all tasks that failed or timed out
  await weather.retryTasks({ status: "timedOut", service: "Forecasts" });
  await weather.retryTasks({ taskId });
  // #endregion
}
