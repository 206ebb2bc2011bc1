/** The bundle an unknown key gets: all methods are there, do nothing and never fail. A tracker that already runs stays. */

import { drain, guarded, install, running, type Methods } from "./page";

const NAMES = ["track", "identify", "debug", "atr", "logout", "load", "syncCartItems", "consent"];

guarded(() => {
  if (window[running]) return;
  const methods: Methods = { ping: () => false };
  for (const name of NAMES) methods[name] = () => undefined;
  install(methods);
  drain(methods);
})();
