/** Who is at this browser, asked of the desk once a page, and again when that failed or the person changed. */

import * as desk from "./desk";
import { known } from "./memory";

let begun: Promise<desk.Session | undefined> | undefined;
let shown: string | undefined;
let isKnown = false;

export function session(): Promise<desk.Session | undefined> {
  if (!begun) shown = known()?.token();
  return (begun ||= desk.session().then((found) => {
    if (found) isKnown = found.isCustomer;
    else begun = undefined;
    return found;
  }));
}

/** The session no longer counts; the next question asks for another. */
export function over(): void {
  begun = undefined;
}

/** Whether the page shows another identity token than the session was begun with. */
export const isAnother = (): boolean => known()?.token() !== shown;

export const wasSignedIn = (): boolean => !!shown;

export const isCustomer = (): boolean => isKnown || !!known()?.token();
