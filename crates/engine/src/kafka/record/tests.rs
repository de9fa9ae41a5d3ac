//! The batch format, byte for byte. The bytes themselves are in the vectors of `record-batch`.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::kafka::ids::{EventId, LeaderEpoch, Offset, ProducerId};

fn batch_of(bytes: Bytes) -> RecordBatch {
    RecordBatch::from_bytes(bytes, EventId::default()).expect("encode_batch writes batches")
}

fn bytes_up_to(length_max: usize) -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..length_max).prop_map(Bytes::from)
}

fn any_record() -> impl Strategy<Value = Record> {
    let header = ("[a-zé]{0,5}", prop::option::of(bytes_up_to(5)))
        .prop_map(|(key, value)| Header { key, value });
    let parts = (
        prop::option::of(bytes_up_to(200)),
        prop::option::of(bytes_up_to(200)),
        prop::collection::vec(header, 0..4),
        -1_i64..1 << 45,
    );
    parts.prop_map(|(key, value, headers, timestamp_ms)| Record {
        key,
        value,
        headers,
        timestamp_ms,
    })
}

fn any_producer() -> impl Strategy<Value = ProducerStamp> {
    (0..u64::MAX >> 1, 0..i16::MAX, 0..i32::MAX).prop_map(|(id, epoch, sequence)| ProducerStamp {
        id: ProducerId(id),
        epoch,
        base_sequence: Some(sequence),
    })
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        records in prop::collection::vec(any_record(), 1..20),
        producer in prop::option::of(any_producer()),
        base_offset in 0_u64..1 << 40,
    ) {
        let spec = BatchSpec { producer, base_offset: Offset(base_offset), ..BatchSpec::default() };
        let batch = batch_of(encode_batch(&spec, &records));
        prop_assert!(batch.validate_crc());
        prop_assert_eq!(batch.producer(), producer);
        let stored = batch.records().expect("encode_batch writes records");
        let decoded: Vec<Record> = stored.iter().map(|stored| stored.record.clone()).collect();
        prop_assert_eq!(&decoded, &records);
        prop_assert_eq!(stored[0].offset, Offset(base_offset));
        prop_assert_eq!(stored[stored.len() - 1].offset, batch.last_offset());
        prop_assert_eq!(stored[stored.len() - 1].sequence, batch.last_sequence());
        prop_assert_eq!(batch.to_bytes(), encode_batch(&spec, &records));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic(
        records in prop::collection::vec(any_record(), 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode_batch(&BatchSpec::default(), &records).to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let cut = bytes[..cut.index(bytes.len())].to_vec();
        for hostile in [bytes, cut] {
            if let Ok(batch) = RecordBatch::from_bytes(hostile.into(), EventId::default()) {
                let _ = (batch.records().is_ok(), batch.validate_crc(), batch.to_bytes());
                let _ = (batch.next_offset(), batch.last_sequence(), batch.count());
                let _ = batch.end_transaction_marker();
            }
        }
    }

    /// What is taken is not changed, and what is understood is understood again when it is written
    /// in the shortest form.
    #[test]
    fn an_accepted_batch_gives_back_its_bytes_and_its_records(
        records in prop::collection::vec(any_record(), 1..4),
        producer in prop::option::of(any_producer()),
        damage in prop::collection::vec((21_usize..400, any::<u8>()), 0..4),
        flags in 0_u16..128,
    ) {
        let spec = BatchSpec { producer, ..BatchSpec::default() };
        let mut bytes = encode_batch(&spec, &records).to_vec();
        bytes[21..23].copy_from_slice(&flags.to_be_bytes());
        for (place, byte) in damage {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        let Ok(batch) = RecordBatch::from_bytes(bytes.clone().into(), EventId::default()) else {
            return Ok(());
        };
        prop_assert_eq!(&batch.to_bytes()[..], &bytes[..]);
        let Ok(stored) = batch.records() else {
            return Ok(());
        };
        let decoded: Vec<Record> = stored.iter().map(|stored| stored.record.clone()).collect();
        let again = batch_of(encode_batch(&BatchSpec::default(), &decoded)).records();
        let again = again.expect("encode_batch writes records");
        prop_assert!(again.iter().map(|stored| &stored.record).eq(&decoded));
        let sizes: u32 = stored.iter().map(|stored| stored.size_in_bytes).sum();
        prop_assert_eq!(61 + sizes, batch.size_in_bytes());
    }

    /// What a codec makes of records reads the same, and the checksum is that of the compressed bytes.
    #[test]
    fn compressed_records_are_read_as_they_were(
        records in prop::collection::vec(any_record(), 1..4),
        codec in 1_usize..5,
    ) {
        let spec = BatchSpec { compression: CompressionType::ALL[codec], ..BatchSpec::default() };
        let batch = batch_of(encode_batch(&spec, &records)).stamped(Offset(7), LeaderEpoch(3));
        prop_assert!(batch.validate_crc());
        let on_disk = batch_of(batch.to_bytes());
        prop_assert_eq!(on_disk.size_in_bytes() as usize, batch.to_bytes().len());
        let plain = batch_of(encode_batch(&BatchSpec::default(), &records))
            .stamped(Offset(7), LeaderEpoch(3));
        prop_assert_eq!(on_disk.records(), plain.records());
        for compression in CompressionType::ALL {
            let other = on_disk.with_compression(compression).expect("its records can be read");
            prop_assert!(other.validate_crc());
            prop_assert_eq!(other.header().attributes.compression(), Some(compression));
            prop_assert_eq!(other.records(), plain.records());
        }
    }

    /// Any codec, with anything where its bytes should be.
    #[test]
    fn arbitrary_compressed_bytes_are_an_error_and_never_a_panic(
        codec in 0_u8..8,
        garbage in bytes_up_to(200),
    ) {
        let mut bytes = encode_batch(&BatchSpec::default(), &[Record::default()]).to_vec();
        bytes.truncate(61);
        bytes.extend_from_slice(&garbage);
        let length = bytes.len() as u32 - 12;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
        bytes[22] = codec;
        if let Ok(batch) = RecordBatch::from_bytes(bytes.into(), EventId::default()) {
            let _ = batch.records().is_ok();
        }
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_never_a_panic(bytes in bytes_up_to(200)) {
        if let Ok(batch) = RecordBatch::from_bytes(bytes, EventId::default()) {
            let _ = batch.records().is_ok();
        }
    }

    #[test]
    fn the_estimate_of_a_record_is_never_too_small(record in any_record()) {
        let batch = encode_batch(&BatchSpec::default(), std::slice::from_ref(&record));
        prop_assert!(estimate_batch_size_upper_bound(&record) as usize >= batch.len());
    }

    #[test]
    fn a_builder_foresees_the_size_of_its_batch(
        records in prop::collection::vec(any_record(), 1..10),
    ) {
        let mut builder = BatchBuilder::new(16384, CompressionType::None, CompressionRatio::ONE);
        records.into_iter().for_each(|record| builder.append(record));
        let batch = builder.build(None, EventId::default());
        prop_assert_eq!(batch.size_in_bytes(), builder.estimated_size_in_bytes());
    }
}

fn record_of(value_length: usize) -> Record {
    Record {
        value: Some(vec![0; value_length].into()),
        ..Record::default()
    }
}

/// Kafka 4.3.1: `MemoryRecordsBuilder#hasRoomFor`, `#isFull`.
#[test]
fn the_first_record_always_has_room_and_fills_a_batch_that_is_too_small() {
    let mut builder = BatchBuilder::new(0, CompressionType::None, CompressionRatio::ONE);
    assert!(builder.has_room_for(&record_of(100)));
    builder.append(record_of(100));
    assert!(builder.is_full());
    assert!(!builder.has_room_for(&record_of(0)));
}

#[test]
fn a_record_that_ends_at_the_limit_still_has_room() {
    let limit = 61 + 2 * record_size_in_bytes(0, 0, &record_of(10));
    let mut builder = BatchBuilder::new(limit, CompressionType::None, CompressionRatio::ONE);
    builder.append(record_of(10));
    assert!(!builder.is_full());
    assert!(!builder.has_room_for(&record_of(11)));
    assert!(builder.has_room_for(&record_of(10)));
    builder.append(record_of(10));
    assert!(builder.is_full());
}

#[test]
fn a_closed_batch_is_full() {
    let mut builder = BatchBuilder::new(16384, CompressionType::None, CompressionRatio::ONE);
    builder.append(record_of(10));
    builder.close_for_appends();
    assert!(builder.is_full());
    assert!(!builder.has_room_for(&record_of(0)));
}

#[test]
fn the_leaders_stamps_copy_no_record_and_leave_the_checksum_valid() {
    let bytes = encode_batch(&BatchSpec::default(), &[record_of(10)]);
    let batch = batch_of(bytes.clone()).stamped(Offset(42), LeaderEpoch(7));
    assert!(batch.validate_crc());
    assert_eq!(
        (batch.base_offset(), batch.partition_leader_epoch()),
        (Offset(42), LeaderEpoch(7))
    );
    let value = batch.records().expect("the records are whole")[0]
        .record
        .value
        .clone();
    let value = value.expect("the record has a value");
    assert!(bytes.as_ptr_range().contains(&value.as_ptr()));
    assert_eq!(batch_of(batch.to_bytes()).header(), batch.header());
}

#[test]
fn with_log_append_time_every_record_has_the_leaders_time() {
    let batch = batch_of(encode_batch(
        &BatchSpec::default(),
        &[record_of(1), record_of(2)],
    ));
    let batch = batch.with_log_append_time(1234);
    assert!(batch.validate_crc());
    let times: Vec<i64> = batch
        .records()
        .expect("the records are whole")
        .iter()
        .map(|stored| stored.record.timestamp_ms)
        .collect();
    assert_eq!(times, [1234, 1234]);
}

#[test]
fn a_transaction_marker_reads_back_and_takes_78_bytes() {
    let marker = EndTransactionMarker {
        outcome: TransactionOutcome::Commit,
        coordinator_epoch: 3,
    };
    let batch = batch_of(encode_end_transaction_marker(&MarkerSpec {
        producer_id: ProducerId(9),
        producer_epoch: 4,
        marker,
        timestamp_ms: 1,
    }));
    assert_eq!(batch.size_in_bytes(), 78);
    assert!(batch.is_control() && batch.is_transactional());
    assert_eq!(batch.end_transaction_marker(), Some(marker));
    assert_eq!(batch.last_sequence(), None);
}

#[test]
fn a_tombstone_an_empty_value_and_a_missing_key_are_three_things() {
    let records = [
        Record {
            key: Some(Bytes::new()),
            value: None,
            ..Record::default()
        },
        Record {
            key: None,
            value: Some(Bytes::new()),
            ..Record::default()
        },
    ];
    let batch = batch_of(encode_batch(&BatchSpec::default(), &records));
    let decoded = batch.records().expect("the records are whole");
    assert_eq!(decoded[0].record, records[0]);
    assert_eq!(decoded[1].record, records[1]);
}
