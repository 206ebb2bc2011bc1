// Builds the scripts the desk serves to shops. Same source and same lock file give the same bytes, so CI can compare.
import { build } from "esbuild";
import { minify } from "uglify-js";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

// node build.mjs [FOLDER]: the folders below it are those where the package keeps what it serves, unless another is named.
const here = new URL(".", import.meta.url);
const house = process.argv[2] ? pathToFileURL(process.argv[2] + "/") : new URL("../tillside/edges/", here);
const target = new URL("capture/static/", house);
const messenger = new URL("messenger/static/", house);
for (const folder of [target, messenger]) mkdirSync(folder, { recursive: true });
const { version } = JSON.parse(readFileSync(new URL("package.json", here), "utf8"));

// esbuild joins the modules; uglify-js makes them 5 % smaller than esbuild alone (tracker.js, gzip).
function smallest(text) {
  const { code, error } = minify(text, { module: true, compress: { passes: 4 }, output: { preamble: `/*! Tillside ${version}, MIT */` } });
  if (error) throw error;
  return `${code.replace(/^(\/\*.*?\*\/\n)/, "$1!function(){\"use strict\";")}}();\n`;
}

async function bundle(entry, output, folder = target) {
  const made = await build({
    absWorkingDir: fileURLToPath(here),
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2020",
    charset: "ascii",
    legalComments: "none",
    define: { VERSION: JSON.stringify(version) },
    logLevel: "warning",
  });
  const bytes = Buffer.from(smallest(made.outputFiles[0].text));
  writeFileSync(new URL(output, folder), bytes);
  return bytes;
}

// A build of another version was released: pages that pinned it by its hash go on loading it, so it is kept under its own name.
function keepReleased() {
  const told = new URL("manifest.json", target);
  if (!existsSync(told)) return;
  const before = JSON.parse(readFileSync(told, "utf8"));
  if (before.version === version) return;
  mkdirSync(new URL("released/", target), { recursive: true });
  writeFileSync(new URL(`released/${before.file}`, target), readFileSync(new URL("tracker.js", target)));
}

keepReleased();
const tracker = await bundle("tracker/index.ts", "tracker.js");
await bundle("tracker/quiet.ts", "quiet.js");

const hash = createHash("sha256").update(tracker).digest("hex").slice(0, 12);
const integrity = "sha384-" + createHash("sha384").update(tracker).digest("base64");
const manifest = { file: `tillside-${hash}.js`, version, integrity };
writeFileSync(new URL("manifest.json", target), JSON.stringify(manifest, null, 2) + "\n");

// The messenger: its files are named by their content, so that they may be kept for ever.
async function style(entry, output) {
  const made = await build({ absWorkingDir: fileURLToPath(here), entryPoints: [entry], write: false, minify: true, target: "safari15", logLevel: "warning" });
  const bytes = Buffer.from(made.outputFiles[0].contents);
  writeFileSync(new URL(output, messenger), bytes);
  return bytes;
}

const named = (bytes, name, kind) => `${name}-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.${kind}`;
const files = {
  "launcher.js": named(await bundle("messenger/launcher/index.ts", "launcher.js", messenger), "launcher", "js"),
  "panel.js": named(await bundle("messenger/panel/index.ts", "panel.js", messenger), "panel", "js"),
  "panel.css": named(await style("messenger/panel/panel.css", "panel.css"), "panel", "css"),
};
writeFileSync(new URL("manifest.json", messenger), JSON.stringify({ version, files }, null, 2) + "\n");
