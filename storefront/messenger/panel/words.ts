/** Every word the panel says by itself, in the shopper's language where we have it; the shop's own texts come from its settings. */

import { CATALOGUE } from "./catalogue";

export type Word = keyof (typeof CATALOGUE)["en"];

const RTL = /^(ar|fa|he|ur|ckb|ps|sd|ug|yi|dv)\b/i;

let chosen = "en";
let words: Record<Word, string> = CATALOGUE.en;

export function speak(lang: string): void {
  const wanted = /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(lang) ? lang : "en";
  const base = wanted.slice(0, 2).toLowerCase();
  const isKnown = base in CATALOGUE;
  chosen = wanted;
  words = isKnown ? { ...CATALOGUE.en, ...CATALOGUE[base as keyof typeof CATALOGUE] } : CATALOGUE.en;
  document.documentElement.lang = isKnown ? wanted : "en";
  document.documentElement.dir = RTL.test(wanted) ? "rtl" : "ltr";
}

/** A sentence with its gaps filled: `say("until", { time: "18:00" })`. */
export function say(word: Word, gaps: Record<string, string | number> = {}): string {
  return words[word].replace(/\{(\w+)\}/g, (_, name: string) => "" + (gaps[name] ?? ""));
}

/** One form for one, another for more, as the language counts. */
export function counted(one: Word, many: Word, count: number): string {
  const form = new Intl.PluralRules(chosen).select(count);
  return say(form === "one" ? one : many, { count });
}

function dated(at: number, how: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat(chosen, how).format(at);
  } catch {
    return new Intl.DateTimeFormat("en", how).format(at);
  }
}

export const clock = (at: number): string => dated(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const exact = (at: number): string => dated(at, { dateStyle: "full", timeStyle: "short" });

export function day(at: number): string {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  if (days <= 0) return say("today");
  if (days === 1) return say("yesterday");
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear();
  return dated(at, { day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}

export function brief(at: number): string {
  return new Date(at).toDateString() === new Date().toDateString() ? clock(at) : day(at);
}

export function wait(minutes: number): string {
  if (minutes < 60) return counted("minute", "minutes", minutes);
  if (minutes < 1440) return counted("hour", "hours", Math.round(minutes / 60));
  return counted("day", "days", Math.round(minutes / 1440));
}

const WEEK = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** "0" is today, "1" tomorrow, else the English name of a weekday, said in the shopper's language. */
export function when(fromDay: string, time: string): string {
  if (fromDay === "0") return say("todayAt", { time });
  if (fromDay === "1") return say("tomorrowAt", { time });
  const at = Date.UTC(2024, 0, 7 + Math.max(0, WEEK.indexOf(fromDay)), 12);
  return say("dayAt", { day: dated(at, { weekday: "long", timeZone: "UTC" }), time });
}

export function greeting(): Word {
  const hour = new Date().getHours();
  return hour < 5 || hour >= 18 ? "goodEvening" : hour < 12 ? "goodMorning" : "goodDay";
}

export const size = (bytes: number): string => (bytes < 1e6 ? Math.max(1, Math.round(bytes / 1000)) + " kB" : (bytes / 1e6).toFixed(1) + " MB");
