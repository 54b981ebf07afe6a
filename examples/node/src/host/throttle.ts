import type * as throttle from "../../component/interfaces/connectors-stripe-throttle.js";

const REQUESTS = 6;
const WINDOW_MS = 1000;

/** When the last requests went or may go. */
const places: number[] = [];
let closedUntil = 0;

/** Six requests in any second. It never blocks: the component waits itself until the time it is given. */
export const admit: typeof throttle.admit = (_lane, patienceMs) => {
  const now = performance.now();
  const oldest = places.length < REQUESTS ? 0 : (places[0] ?? 0) + WINDOW_MS;
  const afterMs = Math.max(0, Math.ceil(Math.max(oldest, closedUntil) - now));
  if (afterMs > patienceMs) {
    return { tag: "refused", val: afterMs };
  }
  places.push(now + afterMs);
  places.splice(0, places.length - REQUESTS);
  return { tag: "after", val: afterMs };
};

export const observe: typeof throttle.observe = (_lane, status, retryAfterMs) => {
  if (status === 429) {
    closedUntil = Math.max(closedUntil, performance.now() + (retryAfterMs ?? WINDOW_MS));
  }
};
