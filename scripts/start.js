// Starts the program of the published page. It comes packed with LZMA, because static hosts can
// compress with gzip only, which leaves the program a quarter larger; a visitor's browser unpacks
// it in less time than that quarter takes to come.
//
// `finish-page.pl` puts the names and the size in and lets esbuild make one small file of this,
// of wasm-bindgen's glue and of the decoder.
import { Decoder } from "lzma-decoder";
import { InputBuffer, OutputBuffer } from "lzma-streams";
import init from "page-glue";

const answer = await fetch(new URL(PACKED_NAME, import.meta.url));
if (!answer.ok) {
  throw new Error(`${answer.url}: ${answer.status}`);
}
const unpacked = new OutputBuffer(UNPACKED_BYTES);
new Decoder().decompress(new InputBuffer(new Uint8Array(await answer.arrayBuffer())), unpacked);
await init({ module_or_path: unpacked.toArray() });
