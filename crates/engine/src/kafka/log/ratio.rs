//! A part of a whole, exact on every machine.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number from 0 to 1, in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(u32);

impl Ratio {
    /// Half of the whole.
    pub const HALF: Ratio = Ratio(BILLION / 2);
    /// The whole.
    pub const ONE: Ratio = Ratio(BILLION);

    /// In hundredths, for people.
    pub fn percent(self) -> u32 {
        self.0 / (BILLION / 100)
    }

    /// Whether `part` is more than this part of `whole`.
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(BILLION) > u128::from(self.0) * u128::from(whole)
    }
}

impl FromStr for Ratio {
    type Err = ();

    /// Reads a decimal number such as `0.5`; further digits than nine don't count.
    fn from_str(text: &str) -> Result<Ratio, ()> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let mut billionths: u32 = match whole.trim_start_matches(['+', '0']) {
            "" => 0,
            "1" => 1,
            _ => return Err(()),
        };
        for place in 0..9 {
            let digit = fraction.as_bytes().get(place).copied().unwrap_or(b'0');
            let digit = char::from(digit).to_digit(10).ok_or(())?;
            billionths = billionths * 10 + digit;
        }
        (billionths <= BILLION)
            .then_some(Ratio(billionths))
            .ok_or(())
    }
}

const BILLION: u32 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_read_as_a_decimal_number() {
        assert_eq!("0.5".parse(), Ok(Ratio::HALF));
        assert_eq!(".5".parse(), Ok(Ratio::HALF));
        assert_eq!("1".parse(), Ok(Ratio::ONE));
        assert_eq!("0.0000000019".parse(), Ok(Ratio(1)));
        for wrong in ["2", "1.1", "-0.1", "0.x", "1e-2"] {
            assert_eq!(wrong.parse::<Ratio>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_ratio_is_exceeded_by_more_than_itself_only() {
        assert!(!Ratio::HALF.is_exceeded_by(2, 4));
        assert!(Ratio::HALF.is_exceeded_by(3, 4));
        assert!(!Ratio::default().is_exceeded_by(0, 4));
        assert!(Ratio::ONE.is_exceeded_by(u64::MAX, u64::MAX - 1));
    }
}
