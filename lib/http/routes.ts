import type { Route } from "./route.ts";
import { idsByTag, operateByTag } from "./routes/by-tag.ts";
import { describe } from "./routes/describe.ts";
import { describeTask } from "./routes/describe-task.ts";
import { dispatchTask } from "./routes/dispatch-task.ts";
import { health } from "./routes/health.ts";
import { history } from "./routes/history.ts";
import { list } from "./routes/list.ts";
import { method } from "./routes/method.ts";
import { openApi } from "./routes/open-api.ts";
import { operate } from "./routes/operate.ts";
import { operateTask } from "./routes/operate-task.ts";
import { query } from "./routes/query.ts";
import { result } from "./routes/result.ts";
import { start } from "./routes/start.ts";

/** Every call of the API. The first whose path fits is it: `by-tag` is no id. */
export const ROUTES: readonly Route[] = [
  start,
  list,
  ...idsByTag,
  ...operateByTag,
  describe,
  result,
  history,
  query,
  method,
  ...operate,
  dispatchTask,
  describeTask,
  ...operateTask,
  openApi(() => ROUTES),
  health,
];
