// Puts a program together that `pack-program.mjs` has taken apart.
import { KINDS, walk } from "./program-parts.mjs";

export const join = (packed) => {
  const view = new DataView(packed.buffer, packed.byteOffset);
  const program = new Uint8Array(view.getUint32(0, true));
  const cursors = [];
  let start = 4 * (KINDS + 1);
  for (let kind = 0; kind < KINDS; kind += 1) {
    cursors.push(start);
    start += view.getUint32(4 * (kind + 1), true);
  }
  let at = 0;
  walk({
    next: (kind) => (program[at++] = packed[cursors[kind]++]),
    sized: (go) => {
      const from = at;
      go();
      const size = [];
      for (let rest = at - from; ; rest >>= 7) {
        size.push((rest & 127) | (rest > 127 ? 128 : 0));
        if (rest <= 127) break;
      }
      program.copyWithin(from + size.length, from, at);
      program.set(size, from);
      at += size.length;
    },
    isOver: () => at >= program.length,
  });
  return program;
};
