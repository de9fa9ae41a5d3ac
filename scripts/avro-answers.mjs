// What the page asks of the Avro library, avsc: bytes of a value, and what one schema makes of the bytes
// of another. Questions and answers are lists of texts; an answer that begins with the name of a text
// says what is wrong with that text.

// A fault of one of the texts of a question.
class Fault extends Error {
  constructor(place, cause) {
    super(cause.message);
    this.place = place;
  }
}

function trying(place, work) {
  try {
    return work();
  } catch (problem) {
    throw new Fault(place, problem);
  }
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// The bytes of a value, a line for each field: its name and its bytes. They follow each other without
// anything between them, neither names nor types.
function pieces(type, value) {
  if (!type.fields?.length) {
    return ` ${hex(type.toBuffer(value))}`;
  }
  return type.fields.map((field) => `${field.name} ${hex(field.type.toBuffer(value[field.name]))}`).join("\n");
}

// What is wrong with a value, and where in it.
function located(type, json) {
  let words;
  type.isValid(json, {
    errorHook(path, found, expected) {
      const given = found === undefined ? "nothing" : JSON.stringify(found);
      words ??= `${path.join(".") || "the value"} is ${given}, the schema says ${expected}`;
    },
  });
  return words;
}

// Lets `reader` read what `writer` wrote: whether it may, what was read or why not, and the bytes.
function proof(writer, reader, value) {
  const bytes = pieces(writer, value);
  try {
    const resolver = reader.createResolver(writer);
    return ["yes", reader.toString(reader.fromBuffer(writer.toBuffer(value), resolver)), bytes];
  } catch (problem) {
    return ["no", problem.message, bytes];
  }
}

// The function that answers, with this library.
export function answering({ Type }) {
  const typeOf = (place, text) => trying(place, () => Type.forSchema(JSON.parse(text)));
  const valueOf = (place, type, text) =>
    trying(place, () => {
      const json = JSON.parse(text);
      try {
        return type.fromString(text);
      } catch (problem) {
        throw new Error(located(type, json) ?? problem.message);
      }
    });
  const methods = {
    encode(schema, text) {
      const type = typeOf("schema", schema);
      return ["", pieces(type, valueOf("value", type, text))];
    },
    compare(before, after, recordBefore, recordAfter) {
      const [old, now] = [typeOf("before", before), typeOf("after", after)];
      const oldValue = valueOf("record.before", old, recordBefore);
      const newValue = valueOf("record.after", now, recordAfter);
      return ["", ...proof(old, now, oldValue), ...proof(now, old, newValue)];
    },
  };
  return ([method, ...texts]) => {
    try {
      return methods[method](...texts);
    } catch (fault) {
      return [fault.place ?? "value", fault.message];
    }
  };
}
