/** Methods that are all there, do nothing and never fail: for robots, and for pages whose key nobody knows. */

import type { Methods } from "./page";

export function silence(): Methods {
  const methods: Methods = { ping: () => false };
  for (const name of "track identify debug atr logout load syncCartItems consent".split(" ")) methods[name] = () => undefined;
  return methods;
}
