// The bytes of a WebAssembly program by what they mean: opcodes, numbers of locals, of functions and
// so on. Put together by their kinds they pack a tenth smaller than as they stand.
//
// `pack-program.mjs` takes a program apart, `start.js` puts it together again. Both walk through it
// in the same way, so that neither needs to be told of which kind the next byte is. The sizes of
// functions are left out: who puts them together knows them.

const OTHER = 0, OP = 1, LOCAL = 2, BLOCK = 3, LABEL = 4, CALL = 5, OFFSET = 6, TYPE = 7, SMALL = 8, ALIGN = 9, COUNT = 10,
  CONSTANT = 11, LONG = 12, FLOAT = 13, VALUE_TYPE = 14;

// How many kinds there are.
export const KINDS = 15;

const CODE_SECTION = 10;

// Numbers that follow an opcode, each as a LEB128 of a kind.
const OPERANDS = {
  0x0c: [LABEL], 0x0d: [LABEL], 0x10: [CALL], 0x11: [TYPE, SMALL], 0x20: [LOCAL], 0x21: [LOCAL], 0x22: [LOCAL], 0x23: [SMALL],
  0x24: [SMALL], 0x25: [SMALL], 0x26: [SMALL], 0x3f: [SMALL], 0x40: [SMALL], 0x41: [CONSTANT], 0x42: [LONG], 0xd2: [CALL],
};
// The same for the opcodes after the prefix 0xfc; of those up to 7 none has any.
const BULK_OPERANDS = { 8: 2, 9: 1, 10: 2, 11: 1, 12: 2, 13: 1, 14: 2, 15: 1, 16: 1, 17: 1 };

// Goes through a program. `next` takes a kind and gives the next byte, which is of it; `sized` calls
// what it is given to go through something that has its size in front; `isOver` says where the
// program ends.
export const walk = ({ next, sized, isOver }) => {
  const number = (kind) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = next(kind);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const times = (count, go) => {
    for (let index = 0; index < count; index += 1) go();
  };
  const bytes = (kind, count) => times(count, () => next(kind));

  // Gives by how much deeper the code is nested after the instruction.
  const instruction = () => {
    const op = next(OP);
    if (op >= 0x02 && op <= 0x04) return number(BLOCK), 1;
    if (op === 0x0b) return -1;
    if (op >= 0x28 && op <= 0x3e) number(ALIGN), number(OFFSET);
    else if (op === 0x0e) times(number(COUNT) + 1, () => number(LABEL));
    else if (op === 0x1c) bytes(VALUE_TYPE, number(SMALL));
    else if (op === 0x43 || op === 0x44) bytes(FLOAT, op === 0x43 ? 4 : 8);
    else if (op === 0xd0) next(VALUE_TYPE);
    else if (op === 0xfc) times(BULK_OPERANDS[number(SMALL)] ?? 0, () => number(SMALL));
    else if (op in OPERANDS) OPERANDS[op].forEach(number);
    else if (op > 0xc4 && op !== 0xd1) throw new Error(`opcode ${op} is not known here`);
    return 0;
  };
  const body = () => {
    times(number(COUNT), () => {
      number(SMALL);
      next(VALUE_TYPE);
    });
    for (let depth = 1; depth > 0; ) depth += instruction();
  };

  bytes(OTHER, 8);
  while (!isOver()) {
    if (next(OTHER) === CODE_SECTION) sized(() => times(number(OTHER), () => sized(body)));
    else bytes(OTHER, number(OTHER));
  }
};
