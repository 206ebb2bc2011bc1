/** The page around us: the names it shares with this script, and the calls that wait for it. Nothing is sent or kept here. */

export type Json = Record<string, unknown>;
export type Method = (...args: any[]) => unknown; // a page may hand us anything; each method looks for itself
export type Methods = Record<string, Method>;
type Stub = Record<string, unknown>;

/** What the tracker shares with the messenger of the same page: who is signed in, which browser this is, and whether it may keep things. */
export interface Running {
  (): void;
  known?: { token(): string | undefined; did(): string; isKept(): boolean };
}

declare global {
  interface Window {
    richpanel?: unknown;
    richpanelSettings?: unknown;
    appClientId?: unknown;
    tillside?: Stub;
    Temporal?: { Now: { timeZoneId(): string } };
    Android?: { updateDid?: (did: string) => void };
    [running]?: Running;
  }
}

/** Marks a page where the tracker runs. A symbol, so that no name of the shop can meet it. */
export const running: unique symbol = Symbol.for("tillside") as never;

/** A developer is looking: events are shown in the console and not sent. */
export let isDebugging = false;

export function debug(yes: unknown): void {
  isDebugging = !!yes;
}

/** Said to a developer who asked for it, never to a shopper's console. */
export function note(...words: unknown[]): void {
  if (isDebugging) console.warn("Tillside:", ...words);
}

/** What it gives, or nothing where it fails: a shop's page must never stop because of this script. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (mistake) {
    note(mistake);
    return undefined;
  }
}

/** The same function, but its mistakes stay ours. */
export function guarded<A extends unknown[], R>(act: (...args: A) => R): (...args: A) => R | undefined {
  return (...args) => attempt(() => act(...args));
}

/** Puts our methods in place of the stubs. */
export function install(methods: Methods): void {
  const shared = window.richpanel;
  window.richpanel = Object.assign(shared && typeof shared == "object" ? shared : [], methods);
}

/** Makes the calls that waited; what a kept stub adds later is called at once. */
export function drain(methods: Methods): void {
  const call = guarded((entry: ArrayLike<unknown>) => {
    const [name, ...args] = [].slice.call(entry) as unknown[];
    if (methods.hasOwnProperty(name as string)) methods[name as string]!(...args);
  });
  for (const name of ["q", "queue"]) {
    const queue = (window.richpanel as Stub)[name];
    if (!Array.isArray(queue)) continue;
    queue.push = (entry) => (call(entry), 0);
    queue.splice(0).forEach(call);
  }
}
