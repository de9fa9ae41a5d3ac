// Reads what simctl exported with kafkajs, and lets simctl read what kafkajs writes.
//
// node kafkajs.cjs SIMCTL WORK NODE_MODULES: WORK has a folder for each export, with `records.json` of
// `simctl dump --json`. kafkajs has no LZ4 and no Zstandard of its own: those batches are left to others.

const assert = require('node:assert')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const [simctl, work, modules] = process.argv.slice(2)
const kafkajs = (file) => require(path.resolve(modules, 'kafkajs', file))
const Decoder = kafkajs('src/protocol/decoder')
const decode = kafkajs('src/protocol/recordBatch/v0/decoder')
const { RecordBatch } = kafkajs('src/protocol/recordBatch/v0')
const Record = kafkajs('src/protocol/recordBatch/record/v0')
const crc32C = kafkajs('src/protocol/recordBatch/crc32C')
const { Types, Codecs } = kafkajs('src/protocol/message/compression')
const Long = kafkajs('src/utils/long')
Codecs[Types.Snappy] = require(path.resolve(modules, 'kafkajs-snappy'))

const KNOWN = ['none', 'gzip', 'snappy']
const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime']
const hex = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

// Headers as kafkajs has them: an object, in which a name that repeats has a list.
function headerLists(pairs) {
  const lists = {}
  for (const [name, value] of pairs) (lists[name] ??= []).push(value)
  return lists
}

// What kafkajs finds in the bytes of one batch, in the words of `simctl dump --json`.
async function found(raw) {
  const batch = await decode(new Decoder(raw))
  return {
    base_offset: Number(batch.firstOffset),
    leader_epoch: batch.partitionLeaderEpoch,
    crc: crc32C(raw.subarray(21)) >>> 0,
    is_transactional: batch.inTransaction,
    is_control: batch.isControlBatch,
    timestamp_type: TIMESTAMP_TYPES[batch.timestampType],
    max_timestamp: Number(batch.maxTimestamp),
    producer_id: batch.producerId,
    producer_epoch: batch.producerEpoch,
    base_sequence: batch.firstSequence,
    last_offset: Number(batch.firstOffset) + batch.lastOffsetDelta,
    records: batch.records.map((record) => ({
      offset: Number(record.offset),
      timestamp: Number(record.timestamp),
      key: hex(record.key),
      value: hex(record.value),
      headers: Object.fromEntries(
        Object.entries(record.headers).map(([name, value]) => [name, [value].flat().map(hex)]),
      ),
    })),
  }
}

// A batch of simctl's without what kafkajs doesn't tell.
function ours(batch) {
  const told = ['base_offset', 'leader_epoch', 'crc', 'is_transactional', 'is_control', 'timestamp_type',
    'max_timestamp', 'producer_epoch', 'base_sequence', 'last_offset']
  const kept = Object.fromEntries(told.map((name) => [name, batch[name]]))
  kept.producer_id = String(BigInt(batch.producer_id))
  kept.records = batch.records.map(({ sequence, headers, ...record }) => ({ ...record, headers: headerLists(headers) }))
  return kept
}

async function readExports() {
  let batches = 0, records = 0
  for (const name of fs.readdirSync(work).sort()) {
    const list = path.join(work, name, 'records.json')
    if (!fs.existsSync(list)) continue
    for (const line of fs.readFileSync(list, 'utf8').trim().split('\n')) {
      const log = JSON.parse(line)
      const bytes = fs.readFileSync(log.file)
      for (const batch of log.batches.filter((batch) => KNOWN.includes(batch.compression))) {
        const raw = bytes.subarray(batch.position, batch.position + batch.size)
        assert.deepStrictEqual(await found(raw), ours(batch), `${log.file}, position ${batch.position}`)
        batches += 1
        records += batch.records.length
      }
    }
  }
  assert(records > 0, 'there was nothing to read')
  console.log(`kafkajs read ${batches} batches with ${records} records.`)
}

async function writeAndLetRead() {
  const contents = [
    { key: 'alice', value: Buffer.from('one coffee'), headers: {} },
    { key: 'bob', value: null, headers: { trace: ['7', '8'], ü: '' } },
    { key: null, value: Buffer.alloc(0), headers: {} },
    { key: '', value: Buffer.alloc(5000, 'kafka '), headers: {} },
  ]
  const batches = []
  let offset = 0
  for (const compression of [Types.None, Types.GZIP, Types.Snappy]) {
    for (const [producerId, producerEpoch, firstSequence, transactional] of [[-1, -1, -1, false], [7, 3, 2147483646, false], [9, 0, 5, true]]) {
      const records = contents.map((content, index) => Record({ offsetDelta: index, timestampDelta: 10 - 5 * index, ...content }))
      const batch = await RecordBatch({
        compression, firstOffset: Long.fromInt(offset), firstTimestamp: 1000, maxTimestamp: 1010, partitionLeaderEpoch: 2,
        lastOffsetDelta: contents.length - 1, producerId: Long.fromValue(producerId), producerEpoch, firstSequence, transactional, records,
      })
      batches.push(batch.buffer)
      offset += contents.length
    }
  }
  const folder = path.join(work, 'kafkajs')
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, '00000000000000000000.log')
  fs.writeFileSync(file, Buffer.concat(batches))
  const read = JSON.parse(execFileSync(simctl, ['dump', '--json', file], { encoding: 'utf8' })).batches
  assert.strictEqual(read.length, batches.length)
  for (const [index, batch] of read.entries()) {
    assert(batch.is_valid, `batch ${index}: a wrong checksum`)
    assert.deepStrictEqual(ours(batch), await found(batches[index]), `batch ${index}`)
    const keys = batch.records.map((record) => record.key)
    assert.deepStrictEqual(keys, contents.map(({ key }) => (key === null ? null : hex(Buffer.from(key)))))
  }
  console.log(`simctl read ${read.length} batches of kafkajs.`)
}

readExports()
  .then(writeAndLetRead)
  .catch((error) => {
    console.error(`Fault: ${error.message}`)
    process.exit(1)
  })
