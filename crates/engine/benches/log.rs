//! What it costs to encode, append, decode and clean, natively; `benches/log_in_wasm.rs` does the same
//! in wasm.

mod log_load;

use divan::Bencher;
use divan::counter::ItemsCount;
use highwater_engine::kafka::record::{BatchSpec, encode_batch};

use crate::log_load::{BATCHES, RECORDS, batch, batches, config, filled, plan, records};

fn main() {
    divan::main();
}

#[divan::bench]
fn encode_a_batch(bencher: Bencher<'_, '_>) {
    let records = records(0);
    bencher
        .counter(ItemsCount::new(RECORDS))
        .bench(|| encode_batch(&BatchSpec::default(), &records));
}

#[divan::bench]
fn decode_a_batch(bencher: Bencher<'_, '_>) {
    let batch = batch(0);
    bencher
        .counter(ItemsCount::new(RECORDS))
        .bench(|| batch.records());
}

#[divan::bench]
fn append_a_megabyte(bencher: Bencher<'_, '_>) {
    let batches = batches();
    bencher
        .counter(ItemsCount::new(RECORDS * BATCHES))
        .bench(|| filled(&batches));
}

#[divan::bench]
fn clean_a_megabyte(bencher: Bencher<'_, '_>) {
    let log = filled(&batches());
    let (config, plan) = (config(), plan(&log));
    bencher
        .counter(ItemsCount::new(RECORDS * BATCHES))
        .with_inputs(|| log.clone())
        .bench_values(|mut log| log.clean(&plan, 0, usize::MAX, &config));
}
