// Takes a program apart for `start.js`:
//
//   node pack-program.mjs PROGRAM.wasm PARTS
//
// PARTS begins with the length of the program and of each of its parts, four bytes each. What has
// been taken apart is put together again, and nothing is written unless it is the program.
import { readFileSync, writeFileSync } from "node:fs";

import { join } from "./join-program.mjs";
import { KINDS, walk } from "./program-parts.mjs";

const [source, target] = process.argv.slice(2);
const program = readFileSync(source);
const parts = Array.from({ length: KINDS }, () => []);
let at = 0;
walk({
  next: (kind) => {
    parts[kind].push(program[at]);
    at += 1;
    return program[at - 1];
  },
  sized: (go) => {
    while (program[at] > 127) at += 1;
    at += 1;
    go();
  },
  isOver: () => at >= program.length,
});
const lengths = Uint32Array.from([program.length, ...parts.map((part) => part.length)]);
const packed = Buffer.concat([Buffer.from(lengths.buffer), ...parts.map((part) => Buffer.from(part))]);
if (Buffer.compare(join(packed), program) !== 0) {
  throw new Error("the program is another one after it was taken apart and put together");
}
writeFileSync(target, packed);
