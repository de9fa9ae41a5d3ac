//! What it costs in wasm to encode, append, decode and clean, built as the page is:
//!
//! ```text
//! cargo bench --profile page --target wasm32-unknown-unknown --bench log_in_wasm
//! ```
//!
//! Natively `crates/engine/benches/log.rs` does the same.
#![cfg(target_arch = "wasm32")]

#[path = "../crates/engine/benches/log_load/mod.rs"]
mod log_load;

use highwater_engine::kafka::record::{BatchSpec, encode_batch};
use wasm_bindgen_test::{Criterion, wasm_bindgen_bench};

use crate::log_load::{batch, batches, config, filled, plan, records};

#[wasm_bindgen_bench]
fn encode_a_batch_of_150_records(criterion: &mut Criterion) {
    let records = records(0);
    criterion.bench_function("encode a batch of 150 records", |bencher| {
        bencher.iter(|| encode_batch(&BatchSpec::default(), &records));
    });
}

#[wasm_bindgen_bench]
fn decode_a_batch_of_150_records(criterion: &mut Criterion) {
    let batch = batch(0);
    criterion.bench_function("decode a batch of 150 records", |bencher| {
        bencher.iter(|| batch.records());
    });
}

#[wasm_bindgen_bench]
fn append_a_megabyte_of_9600_records(criterion: &mut Criterion) {
    let batches = batches();
    criterion.bench_function("append a megabyte of 9600 records", |bencher| {
        bencher.iter(|| filled(&batches));
    });
}

#[wasm_bindgen_bench]
fn clean_a_megabyte_of_9600_records(criterion: &mut Criterion) {
    let log = filled(&batches());
    let (config, plan) = (config(), plan(&log));
    criterion.bench_function("clean a megabyte of 9600 records", |bencher| {
        bencher.iter(|| log.clone().clean(&plan, 0, usize::MAX, &config));
    });
}
