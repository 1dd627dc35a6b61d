/** Code around a call. It may look at the call, act before and after it, and must give what `next` gives. */
export type Interceptor<C, R> = (call: C, next: () => R) => R;

/** Runs a call through interceptors, the first one outermost. */
export function intercept<C, R>(interceptors: readonly Interceptor<C, R>[], call: C, run: () => R): R {
  const from = (index: number): R => {
    const interceptor = interceptors[index];
    return interceptor ? interceptor(call, () => from(index + 1)) : run();
  };
  return from(0);
}
