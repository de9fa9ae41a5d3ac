//! Whether the stage changes faster than its parts glide: then tweens would only smear it, each
//! being overtaken by the next, and every glide in progress costs each frame.

/// How long a part glides to its next place, in microseconds on the wall: `--duration-step`.
const TWEEN_US: u64 = 240_000;
/// So much gliding that is still to come is a rush.
const RUSH_US: u64 = 6 * TWEEN_US;

/// How much gliding is still to come, if every change glides by itself.
#[derive(Default)]
pub struct Rush {
    ahead_us: u64,
    is_on: bool,
}

impl Rush {
    /// Lets wall time pass.
    pub fn pass(&mut self, real_us: u64) {
        self.ahead_us = self.ahead_us.saturating_sub(real_us);
        self.is_on &= self.ahead_us > 0;
    }

    /// Counts a change of the stage.
    pub fn note_change(&mut self) {
        self.ahead_us = (self.ahead_us + TWEEN_US).min(RUSH_US);
        self.is_on |= self.ahead_us == RUSH_US;
    }

    /// Takes everything that changed at once for a rush: what lies far ahead is not glided to.
    pub fn jump(&mut self) {
        self.ahead_us = RUSH_US;
        self.is_on = true;
    }

    /// Whether changes are to be drawn without tweens.
    pub fn is_on(&self) -> bool {
        self.is_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays four seconds with so many changes in each.
    fn play(rush: &mut Rush, changes_per_second: u64) {
        for _ in 0..4 * changes_per_second {
            rush.note_change();
            rush.pass(1_000_000 / changes_per_second);
        }
    }

    #[test]
    fn a_burst_of_changes_still_glides() {
        let mut rush = Rush::default();
        for _ in 0..5 {
            rush.note_change();
        }
        assert!(!rush.is_on());
    }

    #[test]
    fn a_jump_is_drawn_at_once_and_forgotten_soon() {
        let mut rush = Rush::default();
        rush.jump();
        assert!(rush.is_on());
        rush.pass(2_000_000);
        assert!(!rush.is_on());
    }

    #[test]
    fn changes_that_overtake_each_other_for_long_are_a_rush_until_they_are_slow_again() {
        let mut rush = Rush::default();
        play(&mut rush, 10);
        assert!(rush.is_on());
        play(&mut rush, 5);
        assert!(
            rush.is_on(),
            "five tweens a second overtake each other, too"
        );
        play(&mut rush, 2);
        assert!(!rush.is_on());
    }
}
