//! The play head: how far the run is to go in the next frame.
//!
//! Wall time enters the program here and nowhere else, and only as "how far to run". It can never
//! change what happens.

use std::fmt;

/// The longest stretch of wall time that one frame makes up for: a tab that comes back from the
/// background goes on where it was.
const FRAME_MAX_US: u64 = 100_000;

/// How many times slower it goes for the visitor's own record as long as nobody may read that: what happens
/// to it then is over in two milliseconds.
const CLOSER: u64 = 2;
/// How many times faster it goes while nothing moves on the lane of an opened partition: the others have their
/// share of all that happens.
const OPENED: u64 = 2;

/// What is seen at a moment, on which it depends how fast time goes at a speed that hurries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Nothing is seen on its way.
    pub is_calm: bool,
    /// The visitor's own record is among what nobody may read yet.
    pub is_close: bool,
    /// A partition is opened: what moves elsewhere isn't seen.
    pub is_opened: bool,
}

/// Simulated time over wall time, as a ratio of two small integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    simulated: u64,
    real: u64,
    /// How many times faster it goes while nothing is seen on its way.
    calm: u64,
}

impl Speed {
    /// All speeds, slowest first; the steps are even on a logarithmic scale.
    pub const ALL: [Speed; 17] = [
        Speed::FIRST_SIGHT,
        Speed::of(1, 500),
        Speed::of(1, 200),
        Speed::of(1, 100),
        Speed::of(1, 50),
        Speed::of(1, 20),
        Speed::of(1, 10),
        Speed::of(1, 5),
        Speed::of(1, 2),
        Speed::of(1, 1),
        Speed::of(2, 1),
        Speed::of(4, 1),
        Speed::of(8, 1),
        Speed::of(16, 1),
        Speed::of(32, 1),
        Speed::of(48, 1),
        Speed::of(64, 1),
    ];

    /// The speed at first sight: a hop of a millisecond takes half a second on the wall, so that its words
    /// can be read, and what lies between two records takes less than a second.
    pub const FIRST_SIGHT: Speed = Speed {
        calm: 50,
        ..Speed::of(1, 500)
    };

    const fn of(simulated: u64, real: u64) -> Speed {
        Speed {
            simulated,
            real,
            calm: 1,
        }
    }

    /// Whether it goes faster while nothing is seen on its way.
    pub fn hurries(self) -> bool {
        self.calm > 1
    }

    /// How many times faster it goes, and how many times slower.
    fn factors(self, pace: Pace) -> (u64, u64) {
        if !self.hurries() {
            return (1, 1);
        }
        let calm = if pace.is_calm { self.calm } else { 1 };
        if pace.is_close {
            (calm, CLOSER)
        } else if pace.is_calm && pace.is_opened {
            (calm * OPENED, 1)
        } else {
            (calm, 1)
        }
    }

    /// How much simulated time is left of `us` that would have passed at that pace, from the moment on at
    /// which something moves.
    pub fn slowed_us(self, us: u64, pace: Pace) -> u64 {
        us / self.factors(pace).0
    }

    /// Its place among all speeds.
    pub fn index(self) -> usize {
        Speed::ALL
            .iter()
            .position(|speed| *speed == self)
            .unwrap_or_default()
    }

    /// The speed at a place; the fastest beyond the end.
    pub fn at(index: usize) -> Speed {
        Speed::ALL[index.min(Speed::ALL.len() - 1)]
    }

    /// Whether the short tweens of the page still make sense: not where the next change comes
    /// before they end.
    pub fn has_tweens(self) -> bool {
        self.simulated < self.real
    }

    /// How long something of `simulated_us` is seen, in microseconds on the wall.
    pub fn seen_us(self, simulated_us: u64) -> u64 {
        simulated_us * self.real / self.simulated
    }

    /// How much simulated time `real_us` on the wall shows at most, in microseconds.
    pub fn shown_us(self, real_us: u64) -> u64 {
        real_us * self.simulated * self.calm / self.real
    }

    /// For how long a picture stays before the next is painted, in microseconds: at speeds at
    /// which nobody reads single steps, painting each of them would only cost.
    pub fn picture_us(self) -> u64 {
        match self.simulated / self.real {
            0 => 0,
            1..8 => 30_000,
            _ => 60_000,
        }
    }

    /// In words: what one second on the wall shows.
    pub fn words(self) -> String {
        let us = self.simulated * 1_000_000 / self.real;
        match (us, self.calm) {
            (_, 2..) => {
                let (least, most) = (us / CLOSER / 1000, us * self.calm * OPENED / 1000);
                format!("1 s shows {least} to {most} ms")
            }
            (..1_000_000, _) => format!("1 s shows {} ms", us / 1000),
            _ => format!("1 s shows {} s", us / 1_000_000),
        }
    }
}

impl Default for Speed {
    fn default() -> Self {
        Speed::FIRST_SIGHT
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hurries() {
            f.write_str("auto")
        } else if self.real == 1 {
            write!(f, "×{}", self.simulated)
        } else {
            write!(f, "×{}/{}", self.simulated, self.real)
        }
    }
}

/// What a person asks of the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayerCommand {
    /// Runs.
    Play,
    /// Stands still.
    Pause,
    /// The other of the two.
    Toggle,
    /// Stands still and goes one step on.
    StepForward,
    /// Stands still and goes one step back.
    StepBack,
    /// Goes to where that many steps lie before the play head.
    Seek(u64),
    /// Stands still and goes to right after the next turning point.
    SkipAhead,
    /// Runs at another speed.
    SetSpeed(Speed),
}

/// What the run is to do for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing.
    Stay,
    /// Play one step.
    OneStep,
    /// Go to that position.
    To(u64),
    /// Play up to the next turning point.
    Ahead,
}

/// The play head's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    is_playing: bool,
    speed: Speed,
    /// What is left of earlier frames, in simulated microseconds times `speed.real`.
    leftover: u64,
}

impl Default for Player {
    fn default() -> Self {
        Player {
            is_playing: false,
            speed: Speed::FIRST_SIGHT,
            leftover: 0,
        }
    }
}

impl Player {
    /// Whether it runs.
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// How fast it runs.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Takes a command; `position` is how many steps lie before the play head.
    pub fn command(&mut self, command: PlayerCommand, position: u64) -> Move {
        match command {
            PlayerCommand::Play => self.is_playing = true,
            PlayerCommand::Pause => self.is_playing = false,
            PlayerCommand::Toggle => self.is_playing = !self.is_playing,
            PlayerCommand::SetSpeed(speed) => {
                self.speed = speed;
                self.leftover = 0;
            }
            PlayerCommand::StepForward => {
                self.is_playing = false;
                return Move::OneStep;
            }
            PlayerCommand::SkipAhead => {
                self.is_playing = false;
                self.leftover = 0;
                return Move::Ahead;
            }
            PlayerCommand::StepBack => {
                self.is_playing = false;
                return Move::To(position.saturating_sub(1));
            }
            PlayerCommand::Seek(position) => {
                self.is_playing = false;
                self.leftover = 0;
                return Move::To(position);
            }
        }
        Move::Stay
    }

    /// How many simulated microseconds pass in a frame of `real_us` on the wall.
    ///
    /// What does not fill a microsecond is carried into the next frame.
    pub fn advance(&mut self, real_us: u64, pace: Pace) -> u64 {
        if !self.is_playing {
            return 0;
        }
        let (faster, slower) = self.speed.factors(pace);
        let shown_us = real_us.min(FRAME_MAX_US) * faster / slower;
        let due = shown_us * self.speed.simulated + self.leftover;
        self.leftover = due % self.speed.real;
        due / self.speed.real
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Pace = Pace {
        is_calm: true,
        is_close: false,
        is_opened: false,
    };

    #[test]
    fn slow_play_loses_no_microsecond() {
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        player.command(PlayerCommand::SetSpeed(Speed::of(1, 500)), 0);
        let played: u64 = (0..1000).map(|_| player.advance(16_667, CALM)).sum();
        assert_eq!(played, 16_667 * 1000 / 500);
    }

    #[test]
    fn the_first_speed_lets_messages_be_seen_and_does_not_dwell_on_what_lies_between() {
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        let mut second = |pace| -> u64 { (0..100).map(|_| player.advance(10_000, pace)).sum() };
        assert_eq!(second(Pace::default()), 2_000);
        assert_eq!(second(CALM), 100_000);
        let is_opened = true;
        assert_eq!(second(Pace { is_opened, ..CALM }), 200_000);
        assert_eq!(
            second(Pace {
                is_opened,
                ..Pace::default()
            }),
            2_000
        );
        let is_close = true;
        assert_eq!(
            second(Pace {
                is_close,
                ..Pace::default()
            }),
            1_000
        );
    }

    #[test]
    fn where_something_begins_to_move_the_rest_of_a_frame_goes_as_if_it_had_moved_all_the_while() {
        let speed = Speed::FIRST_SIGHT;
        assert_eq!(speed.slowed_us(1_000, CALM), 20);
        assert_eq!(
            speed.slowed_us(
                1_000,
                Pace {
                    is_opened: true,
                    ..CALM
                }
            ),
            10
        );
        assert_eq!(Speed::at(1).slowed_us(1_000, CALM), 1_000);
    }

    #[test]
    fn a_tab_from_the_background_does_not_race() {
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        assert_eq!(player.advance(60_000_000, CALM), FRAME_MAX_US / 10);
    }

    #[test]
    fn a_step_pauses() {
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        assert_eq!(player.command(PlayerCommand::StepBack, 7), Move::To(6));
        assert_eq!(player.advance(16_667, CALM), 0);
    }

    #[test]
    fn speed_is_said_in_words() {
        assert_eq!(Speed::FIRST_SIGHT.words(), "1 s shows 1 to 200 ms");
        assert_eq!(Speed::at(1).words(), "1 s shows 2 ms");
        assert_eq!(Speed::at(99).to_string(), "×64");
    }
}
