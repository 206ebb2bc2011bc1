/** The launcher's two questions to the desk: how the messenger looks here, and who this browser is. Neither ever throws. */

import type { Settings } from "../protocol";
import { keep, kept, known } from "./memory";

const tag = document.currentScript as HTMLScriptElement | null;
const address = tag?.src || "";

export const origin = address.split("/", 3).join("/");
export const key = decodeURIComponent(/[?&]key=([^&#]+)/.exec(address)?.[1] || "");

const path = (rest: string) => `${origin}/messenger/${encodeURIComponent(key)}/${rest}`;

export async function settings(): Promise<Settings | undefined> {
  try {
    const answer = await fetch(path("settings"), { credentials: "omit" });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

export interface Session {
  token: string;
  unread: number;
  isLive: boolean;
  isCustomer: boolean;
}

/** A session of this browser, or undefined while the desk is away. The identity token is shown anew each time: a token that is gone
 *  ends what it had opened. */
export async function session(): Promise<Session | undefined> {
  try {
    const said = { token: kept().token, userToken: known()?.token() || null, did: known()?.did(), url: location.href, title: document.title };
    const answer = await fetch(path("session"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(said),
      credentials: "omit",
    });
    if (!answer.ok) return undefined;
    const begun: Session = await answer.json();
    keep({ token: begun.token });
    return begun;
  } catch {
    return undefined;
  }
}

/** This browser forgets its conversations; so does the desk, for this token. */
export function end(token: string): void {
  fetch(origin + "/messenger/api/end", { method: "POST", headers: { Authorization: "Bearer " + token }, keepalive: true, credentials: "omit" }).catch(
    () => undefined,
  );
}
