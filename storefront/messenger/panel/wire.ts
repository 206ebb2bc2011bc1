/** Calls to the desk, with the visitor's token and nothing else: the panel has no cookies. A call never throws; its answer says how it went. */

export interface Answer<T> {
  status: number; // 0: no answer came
  body: T | undefined;
  waitSeconds: number;
  message: string;
}

export const API = "/messenger/api/";
const PATIENCE_MS = 20000;

let token = "";
let onStale = (): void => undefined;

export function bring(fresh: string): void {
  token = fresh;
}

export function bearer(): string {
  return token;
}

/** What happens when the desk no longer knows this token. */
export function whenStale(act: () => void): void {
  onStale = act;
}

export function stale(): void {
  onStale();
}

export async function call<T>(method: string, path: string, body?: unknown, type = "application/json"): Promise<Answer<T>> {
  if (!token) return { status: 0, body: undefined, waitSeconds: 0, message: "" };
  try {
    const given = body === undefined ? {} : { body: body instanceof Blob ? body : JSON.stringify(body) };
    const headers = { Authorization: "Bearer " + token, ...(body === undefined ? {} : { "Content-Type": type }) };
    const signal = AbortSignal.timeout?.(body instanceof Blob ? PATIENCE_MS * 6 : PATIENCE_MS);
    const heard = await fetch(API + path, { method, headers, ...given, ...(signal ? { signal } : {}), credentials: "omit" });
    const said = await heard.json().catch(() => undefined);
    if (heard.status === 401) onStale();
    return { status: heard.status, body: heard.ok ? said : undefined, waitSeconds: +heard.headers.get("Retry-After")! || 0, message: said?.message || "" };
  } catch {
    return { status: 0, body: undefined, waitSeconds: 0, message: "" };
  }
}

export const get = <T>(path: string) => call<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => call<T>("POST", path, body);
