// Compares what the page's Avro library says with what Avro's Java library said, as
// tests/data/vectors/serialization.json has it. Its argument is the folder of node's packages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { answering } from "../scripts/avro-answers.mjs";

const packages = createRequire(`${process.argv[2]}/`);
const answer = answering(packages("avsc/etc/browser/avsc-types"));
const vectors = new URL("../tests/data/vectors/serialization.json", import.meta.url);
const { values, changes } = JSON.parse(readFileSync(vectors));
const text = JSON.stringify;

const hexOf = (pieces) => pieces.replace(/^\S* /gm, "").replaceAll("\n", "");

for (const { schema, value, hex } of values) {
  const [fault, pieces] = answer(["encode", text(schema), text(value)]);
  assert.equal(fault, "", pieces);
  assert.equal(hexOf(pieces), hex, text(schema));
}

// Java decides a union branch by branch while it reads: it reads this very record, though not every one
// of the schema. avsc refuses what its schema can't promise.
const READ_BY_JAVA = ["a type becomes optional"];

for (const { name, before, after, record_before, record_after, backward, forward } of changes) {
  const texts = [before, after, record_before, record_after].map(text);
  const [fault, ...verdicts] = answer(["compare", ...texts]);
  assert.equal(fault, "", `${name}: ${verdicts}`);
  for (const [java, [verdict, read, pieces]] of [
    [backward, verdicts.slice(0, 3)],
    [forward, verdicts.slice(3)],
  ]) {
    assert.equal(verdict === "yes", java.is_compatible, name);
    assert.equal(hexOf(pieces), java.hex, name);
    if (verdict === "yes") {
      assert.deepEqual(JSON.parse(read), java.read, name);
    } else {
      assert.equal("refused" in java, !READ_BY_JAVA.includes(name), name);
    }
  }
}

const order = text(values[0].schema);
for (const [question, expected] of [
  [["encode", "{", "1"], ["schema", /JSON/]],
  [["encode", '"string', '"a"'], ["schema", /JSON/]],
  [["encode", '{ "type": "recor" }', "1"], ["schema", /unknown type: "recor"/]],
  [["encode", order, '{ "id": 1, "item": "a" }'], ["value", /^cents is nothing, the schema says "int"$/]],
  [["encode", order, '{ "id": 1, "item": 5, "cents": 1 }'], ["value", /^item is 5, /]],
  [["encode", order, "{"], ["value", /JSON/]],
  [["compare", order, "{", "{}", "{}"], ["after", /JSON/]],
  [["compare", order, order, "{}", "{}"], ["record.before", /^id is nothing/]],
]) {
  const [fault, words] = answer(question);
  assert.equal(fault, expected[0], text(question));
  assert.match(words, expected[1]);
}
console.log(`${values.length} values and ${changes.length} changes of schemas: as in Java`);
