// A worker that unpacks, puts together and compiles the program that `start.js` sends to it.
//
// `finish-page.pl` puts the size of the parts in and lets esbuild make one small file of this and of the decoder.
import { Decoder } from "lzma-decoder";
import { InputBuffer, OutputBuffer } from "lzma-streams";

import { join } from "./join-program.mjs";

onmessage = async ({ data }) => {
  const unpacked = new OutputBuffer(UNPACKED_BYTES);
  new Decoder().decompress(new InputBuffer(new Uint8Array(data)), unpacked);
  postMessage(await WebAssembly.compile(join(unpacked.toArray())));
};
