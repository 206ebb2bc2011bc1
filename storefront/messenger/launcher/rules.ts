/** Whether the launcher shows on this page, for this visitor: the shop's rules, nothing else. */

import type { Rules } from "../protocol";

function fits(how: string, url: string): boolean {
  const here = location.href.replace(/[?#].*$/, "");
  const whole = url.includes("://") ? here : location.pathname;
  const bare = (text: string) => text.replace(/\/+$/, "") || "/";
  if (how === "contains") return location.href.includes(url);
  return how === "exact" ? bare(whole) === bare(url) : whole.startsWith(url);
}

export function isWanted(rules: Rules, isCustomer: boolean): boolean {
  if (rules.who === "visitors" && isCustomer) return false;
  if (rules.who === "customers" && !isCustomer) return false;
  if (!rules.pages.length) return true;
  return rules.pages.some((page) => fits(page.how, page.url)) === (rules.mode === "show");
}

export const isPhone = () => matchMedia("(max-width: 30rem)").matches;
