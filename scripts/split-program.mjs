// Splits a program in two: a first part, and a rest that is loaded when it is needed (`start.js`).
//
//   node split-program.mjs BINARYEN PROGRAM.wasm LATER.txt NUMBER FIRST.wasm REST.wasm
//
// LATER.txt names what the rest holds: each line is a regular expression for names of functions. What
// only these call goes with them. In the first part a stub stands in place of each of them that
// somebody there knows: it calls through a table that the rest fills, and as long as the rest is not
// there it asks the page for the part of that NUMBER (`platform::parts`). The first part can be split
// again, under another number.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, source, laterFile, number, firstFile, restFile] = process.argv.slice(2);
const { default: binaryen } = await import(pathToFileURL(library));
binaryen.setDebugInfo(true);

const program = readFileSync(source);
const patterns = readFileSync(laterFile, "utf8").split("\n").filter((line) => line && !line.startsWith("#"))
  .map((line) => new RegExp(`^[<&]*${line}`));

// How the page's function that loads a part is named among the imports, and the table of this one.
const ASK = "highwaterPart", TABLE = `part ${number}`;

const count = (length, get) => Array.from({ length }, (_, index) => get(index));
const functionsOf = (module) => {
  const infos = count(module.getNumFunctions(), (index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
  return new Map(infos.map((info) => [info.name, info]));
};
const tablesOf = (module) =>
  count(module.getNumTables(), (index) => binaryen.getTableInfo(module.getTableByIndex(index)));
const globalsOf = (module) =>
  count(module.getNumGlobals(), (index) => binaryen.getGlobalInfo(module.getGlobalByIndex(index)));
const segmentsOf = (module) =>
  count(module.getNumElementSegments(), (index) => binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(index)));
const exportsOf = (module) =>
  count(module.getNumExports(), (index) => binaryen.getExportInfo(module.getExportByIndex(index)));
// Streams of JavaScript that no page makes: Leptos brings them along for its servers.
const NEVER_CALLED = /^intounderlying/;
const read = () => {
  const module = binaryen.readBinary(program);
  exportsOf(module).forEach(({ name }) => NEVER_CALLED.test(name) && module.removeExport(name));
  return module;
};

const whole = read();
const all = functionsOf(whole);
const isNamed = (pattern, name) => pattern.test(name.replace(/\[[0-9a-f]+\]/g, ""));
const ask = [...all.values()].find(({ base }) => base?.includes(ASK));
if (!ask) throw new Error(`the program does not import ${ASK}`);
// Compilers differ in what they make a function of its own: that is no fault.
for (const pattern of patterns) {
  if (![...all.keys()].some((name) => isNamed(pattern, name))) console.log(`No function is named like ${pattern.source}`);
}
const later = [...all.values()].filter(({ name, base }) =>
  !base && patterns.some((pattern) => isNamed(pattern, name)));

// The first part, with stubs for the functions that are given.
const firstPart = (gone) => {
  const first = read();
  first.addTable(TABLE, gone.length, gone.length);
  first.addTableExport(TABLE, TABLE);
  first.addFunction(TABLE, binaryen.none, binaryen.none, [], first.if(
    first.ref.is_null(first.table.get(TABLE, first.i32.const(0), binaryen.funcref)),
    first.call(ask.name, [first.i32.const(Number(number))], binaryen.none)));
  gone.forEach(({ name, params, results }, slot) => {
    const values = binaryen.expandType(params).map((type, index) => first.local.get(index, type));
    first.removeFunction(name);
    first.addFunction(name, params, results, [], first.block(null, [
      first.call(TABLE, [], binaryen.none),
      first.call_indirect(TABLE, first.i32.const(slot), values, params, results),
    ], results));
  });
  first.runPasses(["remove-unused-module-elements"]);
  return first;
};

// What only the rest itself calls needs no stub.
const known = functionsOf(firstPart(later));
const doors = later.filter(({ name }) => known.has(name));
const first = firstPart(doors);

// The rest takes what it shares with the first part from there, by short names.
const rest = read();
// What the page gives to the program, the first part passes on.
for (const { name, module, base, params, results } of all.values()) {
  if (base && !first.getFunction(name)) first.addFunctionImport(name, module, base, params, results);
}
const there = functionsOf(first);
const behindDoors = new Set(doors.map(({ name }) => name));
const shortNames = new Map();
const short = (name) => shortNames.get(name) ?? shortNames.set(name, number + shortNames.size.toString(36)).get(name);
exportsOf(rest).forEach(({ name }) => rest.removeExport(name));
segmentsOf(rest).forEach(({ name }) => rest.removeElementSegment(name));
rest.runPasses(["remove-memory-init"]);
rest.addTable(TABLE, doors.length, doors.length);
rest.addActiveElementSegment(TABLE, TABLE, doors.map(({ name }) => name), rest.i32.const(0));
rest.addTableImport(TABLE, "", TABLE);
for (const { name, params, results } of all.values()) {
  if (!there.has(name) || behindDoors.has(name)) continue;
  rest.removeFunction(name);
  rest.addFunctionImport(name, "", short(name), params, results);
}
for (const { name, type, mutable } of globalsOf(rest)) rest.addGlobalImport(name, "", short(`global ${name}`), type, mutable);
for (const { name } of tablesOf(whole)) rest.addTableImport(name, "", short(`table ${name}`));
const memory = exportsOf(whole).find(({ kind }) => kind === binaryen.ExternalMemory);
rest.addMemoryImport(memory.value, "", memory.name);
rest.runPasses(["remove-unused-module-elements"]);

for (const { name, base } of functionsOf(rest).values()) if (base) first.addFunctionExport(name, base);
for (const { name, base } of globalsOf(rest)) first.addGlobalExport(name, base);
for (const { name, base } of tablesOf(rest)) if (name !== TABLE) first.addTableExport(name, base);

first.runPasses(["remove-unused-module-elements"]);

for (const [module, file] of [[first, firstFile], [rest, restFile]]) {
  if (!module.validate()) throw new Error(`${file} would be no valid program`);
  writeFileSync(file, module.emitBinary());
}
console.log(`Part ${number} has ${doors.length} doors.`);
