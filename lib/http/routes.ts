import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { cancel, completeTimers, retry, retryTasks } from "./routes/control.ts";
import { describe } from "./routes/describe.ts";
import { health } from "./routes/health.ts";
import { history } from "./routes/history.ts";
import { method } from "./routes/method.ts";
import { query } from "./routes/query.ts";
import { result } from "./routes/result.ts";
import { signal } from "./routes/signal.ts";
import { start } from "./routes/start.ts";

/** A call of the API. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

const INSTANCE = "/workflows/{workflow}/{id}";

/** Every call of the API. */
export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/health", handle: health },
  { method: "POST", path: "/workflows/{workflow}", handle: start },
  { method: "GET", path: INSTANCE, handle: describe },
  { method: "GET", path: `${INSTANCE}/result`, handle: result },
  { method: "GET", path: `${INSTANCE}/history`, handle: history },
  { method: "GET", path: `${INSTANCE}/queries/{query}`, handle: query },
  { method: "POST", path: `${INSTANCE}/methods/{method}`, handle: method },
  { method: "POST", path: `${INSTANCE}/channels/{channel}`, handle: signal },
  { method: "POST", path: `${INSTANCE}/cancel`, handle: cancel },
  { method: "POST", path: `${INSTANCE}/retry`, handle: retry },
  { method: "POST", path: `${INSTANCE}/retry-tasks`, handle: retryTasks },
  { method: "POST", path: `${INSTANCE}/complete-timers`, handle: completeTimers },
];
