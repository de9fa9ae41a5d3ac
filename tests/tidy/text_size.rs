//! No text on the page is smaller than 14 pixels.

use crate::assert_none;
use crate::source::files_under;

const PIXELS_MIN: f64 = 14.0;
const PIXELS_PER_REM: f64 = 16.0;

#[test]
fn no_text_is_smaller_than_14_pixels() {
    let mut complaints = Vec::new();
    let styles = files_under("style", "css");
    let canvas = files_under("src", "rs");
    for (path, text) in styles.iter().chain(&canvas) {
        for (index, line) in text.lines().enumerate() {
            if let Some(pixels) = smallest_text(line).filter(|pixels| *pixels < PIXELS_MIN) {
                complaints.push(format!("{path}:{}: text of {pixels} pixels", index + 1));
            }
        }
    }
    assert_none(&complaints);
}

/// The smallest size of text that a line of a style sheet, or of drawing code, sets. In pixels.
fn smallest_text(line: &str) -> Option<f64> {
    let sets_text = ["font:", "font-size", "--text-", "set_font("];
    let start = sets_text.iter().filter_map(|word| line.find(word)).min()?;
    let lengths = line[start..].split(|c: char| !c.is_alphanumeric() && c != '.');
    lengths.filter_map(pixels).reduce(f64::min)
}

fn pixels(length: &str) -> Option<f64> {
    let (number, factor) = match (length.strip_suffix("rem"), length.strip_suffix("px")) {
        (Some(number), _) => (number, PIXELS_PER_REM),
        (_, Some(number)) => (number, 1.0),
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[test]
fn sizes_are_read_from_declarations() {
    assert_eq!(
        smallest_text("  font-size: clamp(0.75rem, 2vw, 20px);"),
        Some(12.0)
    );
    assert_eq!(
        smallest_text("context.set_font(\"13px system-ui\");"),
        Some(13.0)
    );
    assert_eq!(smallest_text("  padding: 2px;"), None);
}
