// Starts the program of the published page. It comes in parts (`split-program.mjs`), each taken apart
// (`program-parts.mjs`) and packed with LZMA, because static hosts can compress with gzip only, which
// leaves a program a third larger. The first part is fetched after the first picture, the rest when
// somebody begins to do something, the codecs when a cluster compresses. They are unpacked beside the
// page, in a worker, so that it can be painted and scrolled meanwhile; this very script is what the
// worker runs.
//
// `finish-page.pl` puts the names and sizes in and lets esbuild make one small file of this, of the
// decoder and of wasm-bindgen's glue.
import { Decoder } from "lzma-decoder";
import { InputBuffer, OutputBuffer } from "lzma-streams";
import init from "page-glue";

import { join } from "./join-program.mjs";

// What a person does first: then the rest is fetched. It is fetched without that, too, a while later:
// the cluster goes on by itself, and the line may be gone when somebody comes back.
const FIRST_SIGNS = ["pointermove", "pointerdown", "keydown", "focusin"];
const FETCHED_AT_LATEST_MS = 4000;

const unpack = (packed, size) => {
  const unpacked = new OutputBuffer(size);
  new Decoder().decompress(new InputBuffer(new Uint8Array(packed)), unpacked);
  return join(unpacked.toArray());
};

if (globalThis.document) startPage();
else onmessage = async ({ data: [packed, size] }) => postMessage(await WebAssembly.compile(unpack(packed, size)));

// The compiled program of a packed file.
async function load([name, size]) {
  const unpacker = new Worker(import.meta.url, { type: "module" });
  const program = new Promise((keep, refuse) => {
    unpacker.onmessage = ({ data }) => keep(data);
    unpacker.onerror = refuse;
  });
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  const packed = await answer.arrayBuffer();
  unpacker.postMessage([packed, size], [packed]);
  await program;
  unpacker.terminate();
  return program;
}

// The same while the program stands still, which asks for what it needs this very moment.
function loadAtOnce([name, size]) {
  // Bytes as they are: each becomes the character of its number.
  const packed = readAtOnce(name, "x-user-defined");
  return new WebAssembly.Module(unpack(Uint8Array.from(packed, (it) => it.charCodeAt(0)), size));
}

function readAtOnce(name, charset) {
  const request = new XMLHttpRequest();
  request.open("GET", new URL(name, import.meta.url), false);
  request.overrideMimeType("text/plain; charset=" + charset);
  request.send();
  if (request.status >= 400) throw new Error(`${name}: ${request.status}`);
  return request.responseText;
}

async function startPage() {
  const parts = [FIRST, REST, CODECS];
  let rest, coming;
  const fetchRest = () => {
    dressWindows();
    return (coming ??= load(REST).then((module) => (rest = module)));
  };

  // What the program calls (`platform::parts`): with 0 when it stands, with the number of a part when it
  // needs that at once. What it exports it has put beside that before.
  globalThis.highwaterPart = (number) => {
    if (number > 0) {
      dressWindows(true);
      const part = (number === 1 && rest) || loadAtOnce(parts[number]);
      new WebAssembly.Instance(part, { "": globalThis.highwaterProgram });
      return;
    }
    const soon = () => {
      FIRST_SIGNS.forEach((sign) => removeEventListener(sign, soon, true));
      // If it doesn't come now, it is asked for again when it is needed.
      fetchRest().catch(() => (coming = undefined));
    };
    FIRST_SIGNS.forEach((sign) => addEventListener(sign, soon, true));
    setTimeout(soon, FETCHED_AT_LATEST_MS);
  };

  // The first picture comes first: the program would take half of a slow line from it.
  if (!document.hidden) {
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  }
  const first = load(FIRST);
  // Whoever comes back has a run that was kept, which the rest reads.
  if (isRunKept()) await fetchRest().catch(() => (coming = undefined));
  await init({ module_or_path: await first });
}

// The windows, which the rest opens, have a style sheet of their own. A window that opens this very
// moment measures itself: it needs its style before the browser would have put that in.
function dressWindows(isNow) {
  let link = document.querySelector("link[data-windows]");
  if (!link) {
    link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(WINDOWS, import.meta.url);
    link.dataset.windows = "";
    document.head.append(link);
  }
  if (!isNow || link.sheet) return;
  const sheet = new CSSStyleSheet();
  try {
    sheet.replaceSync(readAtOnce(WINDOWS, "utf-8"));
  } catch {
    return; // It works without, too.
  }
  document.adoptedStyleSheets.push(sheet);
}

function isRunKept() {
  try {
    return Boolean(localStorage.getItem("highwater.run"));
  } catch {
    return false;
  }
}
