// Starts the program of the published page. It comes taken apart (`program-parts.mjs`) and packed with
// LZMA, because static hosts can compress with gzip only, which leaves the program a third larger. It
// is unpacked beside the page, by unpack.js, so that the page can be painted and scrolled meanwhile.
//
// `finish-page.pl` puts the names in and lets esbuild make one small file of this and of
// wasm-bindgen's glue.
import init from "page-glue";

const unpacker = new Worker(new URL(UNPACKER_NAME, import.meta.url));
const program = new Promise((keep, refuse) => {
  unpacker.onmessage = ({ data }) => keep(data);
  unpacker.onerror = refuse;
});
// The first picture comes first: the program would take half of a slow line from it.
if (!document.hidden) {
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
}
const answer = await fetch(new URL(PACKED_NAME, import.meta.url));
if (!answer.ok) {
  throw new Error(`${answer.url}: ${answer.status}`);
}
const packed = await answer.arrayBuffer();
unpacker.postMessage(packed, [packed]);
await init({ module_or_path: await program });
unpacker.terminate();
