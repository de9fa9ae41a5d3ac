//! The style guide as a test: layers, sizes, words that may not stand in the code, and the ledger
//! of simplifications. What Clippy can check, `clippy.toml` bans instead.

mod fidelity;
mod layers;
mod names;
mod shape;
mod source;
mod text_size;

/// Fails with every complaint at once, so that one run shows all there is to do.
fn assert_none(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} to put right:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}
