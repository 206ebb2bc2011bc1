/** The launcher: shows the button where the shop wants it, brings the panel at the first sign of interest, answers the page's calls. */

import { attempt, guarded } from "../../tracker/page";
import * as calls from "./calls";
import * as desk from "./desk";
import { recall } from "./memory";
import * as messenger from "./messenger";

const LOOK_MS = 1000;
let seenAt = "";

function watch(): void {
  if (document.hidden || location.href === seenAt) return;
  seenAt = location.href;
  messenger.moved();
}

const wait = (seconds: number) => new Promise<void>((done) => (seconds ? setTimeout(done, seconds * 1000) : done()));

async function start(): Promise<void> {
  const settings = await desk.settings();
  if (!settings?.frame) return;
  messenger.begin(settings);
  recall(desk.key);
  calls.publish({
    open: messenger.open,
    close: () => messenger.close(),
    put: messenger.put,
    initialize: guarded(() => (messenger.place(), messenger.look())),
    destroy: guarded(messenger.destroy),
    resync: messenger.resync,
    leave: guarded(messenger.leave),
    ask: messenger.ask,
    speak: guarded(messenger.speak),
  });
  calls.listen(settings.own);
  addEventListener("tillside", messenger.resync);
  addEventListener("popstate", messenger.look);
  setInterval(guarded(watch), LOOK_MS);
  await wait(settings.rules.delaySeconds);
  messenger.place();
  await messenger.goOn();
}

attempt(() => void start().catch(() => undefined));
