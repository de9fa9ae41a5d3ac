"""Reads what simctl exported with kafka-python, and lets simctl read what kafka-python writes.

kafka_python.py SIMCTL WORK: WORK has a folder for each export, with `records.json` of `simctl dump --json`.
"""

import json
import pathlib
import subprocess
import sys

from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecordsBuilder

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def hex_of(data):
    return None if data is None else bytes(data).hex()


def batch_of(raw, position):
    """What kafka-python finds in the bytes of one batch, in the words of `simctl dump --json`."""
    batch = DefaultRecordBatch(raw)
    found = {
        "position": position,
        "size": len(raw),
        "base_offset": batch.base_offset,
        "last_offset": batch.last_offset,
        "count": batch.records_count,
        "leader_epoch": batch.leader_epoch,
        "crc": batch.crc,
        "is_valid": batch.validate_crc(),
        "compression": CODECS[batch.compression_type],
        "timestamp_type": ["CreateTime", "LogAppendTime"][batch.timestamp_type],
        "is_transactional": batch.is_transactional,
        "is_control": batch.is_control_batch,
        "max_timestamp": batch.max_timestamp,
        "producer_id": batch.producer_id,
        "producer_epoch": batch.producer_epoch,
        "base_sequence": batch.base_sequence,
    }
    found["records"] = [
        {
            "offset": record.offset,
            "timestamp": record.timestamp,
            "key": hex_of(record.key),
            "value": hex_of(record.value),
            "headers": [[key, hex_of(value)] for key, value in record.headers],
        }
        for record in batch
    ]
    return found


def batches_of(log):
    position = 0
    while position < len(log):
        size = 12 + int.from_bytes(log[position + 8 : position + 12], "big")
        yield batch_of(bytearray(log[position : position + size]), position)
        position += size


def ours(batch):
    """A batch of simctl's without what kafka-python doesn't tell."""
    kept = {name: value for name, value in batch.items() if name != "delete_horizon_ms"}
    kept["records"] = [{name: value for name, value in record.items() if name != "sequence"} for record in batch["records"]]
    return kept


def compare(where, expected, got):
    if expected != got:
        sys.exit(f"Fault: {where}\n  expected {json.dumps(expected)}\n  got      {json.dumps(got)}")


def read_exports(work):
    count = records = 0
    for path in sorted(work.glob("*/records.json")):
        for line in path.read_text().splitlines():
            log = json.loads(line)
            found = list(batches_of(pathlib.Path(log["file"]).read_bytes()))
            compare(log["file"] + ", number of batches", len(log["batches"]), len(found))
            for expected, got in zip(log["batches"], found):
                compare(f"{log['file']}, position {got['position']}", ours(expected), got)
                if not got["is_valid"]:
                    sys.exit(f"Fault: {log['file']}: a wrong checksum")
                records += len(got["records"])
            count += len(found)
    if not records:
        sys.exit("Fault: there was nothing to read")
    print(f"kafka-python read {count} batches with {records} records.")


RECORDS = [
    (1_000, b"alice", b"one coffee", []),
    (990, b"bob", None, [("trace", b"7"), ("trace", None), ("ü", b"")]),
    (1 << 41, None, b"", []),
    (1_005, b"", bytes(range(256)) * 20, []),
]


def write_and_let_read(simctl, work):
    producers = [(-1, -1, -1, False), (7, 3, 2147483646, False), (1 << 60, 0, 5, True)]
    log, offset = b"", 0
    for codec in range(5):
        for producer_id, epoch, sequence, transactional in producers:
            builder = MemoryRecordsBuilder(
                magic=2, compression_type=codec, batch_size=1 << 20, offset=offset, transactional=transactional,
                producer_id=producer_id, producer_epoch=epoch, base_sequence=sequence)
            for timestamp, key, value, headers in RECORDS:
                builder.append(timestamp, key, value, headers)
            builder.close()
            batch = bytearray(builder.buffer())
            # What a leader does: kafka-python's offsets count from the batch's own.
            batch[:8] = offset.to_bytes(8, "big")
            log += bytes(batch)
            offset += len(RECORDS)
    folder = work / "kafka-python"
    folder.mkdir(exist_ok=True)
    path = folder / "00000000000000000000.log"
    path.write_bytes(log)
    printed = subprocess.run([simctl, "dump", "--json", path], check=True, capture_output=True, text=True).stdout
    read = json.loads(printed)["batches"]
    expected = list(batches_of(log))
    compare("number of batches", len(expected), len(read))
    for one, other in zip(expected, read):
        compare(f"batch at {one['position']}", one, ours(other))
        compare("records", [record[1] and record[1].hex() for record in RECORDS if record[1]],
                [record["key"] for record in other["records"] if record["key"]])
    print(f"simctl read {len(read)} batches of kafka-python.")


if __name__ == "__main__":
    read_exports(pathlib.Path(sys.argv[2]))
    write_and_let_read(sys.argv[1], pathlib.Path(sys.argv[2]))
