//! The run behind the page: its timeline, its play head, and what was told of it.

use std::ops::Range;

use highwater_engine::kafka::ids::{EventId, StepId};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, CommandRejected};
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use crate::platform::broken;
use crate::player::{Move, Pace, Player, PlayerCommand};
use crate::view::answer::Answer;
use crate::view::event_log::EventLog;
use crate::view::first_sight;
use crate::view::format::clock;
use crate::view::project::{Memory, happened, is_any_under_way, is_yours_unread, project};
use crate::view::scene::{Flight, Scene};
use crate::view::storyboard::{Looked, play};

/// Where the play head stands at first sight: some records are there, the leader of p1 and one follower
/// have one more, and the other follower is just told of it.
const FIRST_MOMENT_US: u64 = 4_327_040;
/// The most steps of one frame; beyond that time goes slower than asked.
const FRAME_STEPS_MAX: usize = 4000;
/// The most steps of a run before its first picture; the rest comes frame by frame.
const FIRST_STEPS_MAX: usize = 20_000;
/// Said when there is none.
const NO_TURN: &str = "Nothing turned in these 30 s. Do something to the cluster.";
/// The page says that time goes slower than asked once this is reached: late frames count 8,
/// others take 1 away.
const LATE_MIN: u32 = 32;
/// The most that late frames come to, so that the words go soon after the last of them.
const LATE_MAX: u32 = 90;
/// A frame that took longer than this on the wall is late, in microseconds.
const LATE_FRAME_US: u64 = 100_000;
/// At speeds without tweens, messages that are seen for a shorter time, in microseconds on the
/// wall, would only flicker.
const FLIGHT_SEEN_US: u64 = 250_000;

/// A run, its player and what the page remembers of it.
pub(super) struct Run {
    pub(super) timeline: Timeline,
    pub(super) player: Player,
    pub(super) memory: Memory,
    /// The play head: at the world's present or later, where nothing happens yet.
    pub(super) head_us: u64,
    pub(super) scene: Scene,
    pub(super) answer: Answer,
    pub(super) log: EventLog,
    /// Whether a turning point was looked for ahead, and there was none.
    pub(super) is_uneventful: bool,
    /// Whether the play head stopped where a rule broke.
    pub(super) is_stopped: bool,
    /// How much the run lags behind the chosen speed.
    lateness: u32,
    /// Whether the rows of the stage are others than when it was last painted.
    pub(super) is_changed: bool,
    /// How far it is still to be played before it may be looked at: a step, or a moment.
    pub(super) goal: Option<(StepId, u64)>,
}

/// What a frame brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Progress {
    /// The play head stands still.
    #[default]
    Nothing,
    /// Time passed in which nothing happened.
    Time,
    /// There were steps.
    Steps,
}

/// The timeline of a scenario, of which `text` is the JSON: a fault of the page would lead back to it.
///
/// Errors: place and reason.
fn timeline_of(scenario: Scenario, text: &str) -> Result<Timeline, String> {
    let seed = scenario.seed;
    let timeline = Timeline::new(scenario).map_err(|error| error.to_string())?;
    broken::keep(text.to_owned(), seed);
    Ok(timeline)
}

/// How many rules are broken.
fn broken_rules(timeline: &Timeline) -> usize {
    let invariants = timeline.world().invariants();
    let broken = Rule::ALL
        .iter()
        .filter(|rule| invariants.breach(**rule).is_some());
    broken.count()
}

impl Run {
    /// The first scenario, which is still to be played up to its first moment.
    pub(super) fn first_sight() -> Run {
        let timeline = timeline_of(first_sight::scenario(), first_sight::TEXT);
        Run::started(
            timeline.expect("the scenario is a tested one"),
            FIRST_MOMENT_US,
        )
    }

    /// A scenario, given as JSON text, at the first moment, or at its last command if that comes
    /// later and is asked for. It plays.
    ///
    /// Errors: place and reason.
    pub(super) fn of_scenario(text: &str, is_from_start: bool) -> Result<Run, String> {
        let scenario = Scenario::from_json(text).map_err(|error| error.to_string())?;
        let last = scenario.commands.last().filter(|_| !is_from_start);
        let last = last.map_or(0, |last| last.at().0);
        let timeline = timeline_of(scenario, text)?;
        Ok(Run::started(timeline, last.max(FIRST_MOMENT_US)).on_its_way())
    }

    /// A run that plays on from a moment.
    fn started(timeline: Timeline, moment_us: u64) -> Run {
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        Run::new(timeline, player, (StepId(u64::MAX), moment_us))
    }

    /// The run that a fault of the page has ended: paused where the last thing was done. None if
    /// the page went as it should.
    pub(super) fn after_fault() -> Option<Run> {
        let mut run = Run::of_scenario(&broken::take_kept()?, false).ok()?;
        run.player.command(PlayerCommand::Pause, 0);
        Some(run)
    }

    /// A run that was kept: paused where it was left.
    ///
    /// Errors: place and reason.
    pub(super) fn from_kept(text: &str) -> Result<Run, String> {
        let mut lines = text.splitn(3, '\n');
        let mut number = || lines.next().and_then(|line| line.parse().ok());
        let (Some(step), Some(head_us)) = (number(), number()) else {
            return Err("It doesn’t begin with its step and its moment.".to_owned());
        };
        let timeline = Timeline::from_text(lines.next().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let run = Run::new(timeline, Player::default(), (StepId(step), head_us)).on_its_way();
        run.keep();
        Ok(run)
    }

    /// The run as a text for [`Run::from_kept`]: its step, its moment, and its branches, or only
    /// the present one.
    pub(super) fn kept_text(&self, has_branches: bool) -> String {
        let position = self.timeline.position().0;
        let (step, head_us) = self.goal.map_or((position, self.head_us), |(step, us)| {
            (if step.0 == u64::MAX { position } else { step.0 }, us)
        });
        let run = if has_branches {
            self.timeline.to_text()
        } else {
            self.timeline.to_scenario().to_json()
        };
        format!("{step}\n{head_us}\n{run}")
    }

    fn new(timeline: Timeline, player: Player, goal: (StepId, u64)) -> Run {
        Run {
            timeline,
            player,
            memory: Memory::default(),
            head_us: 0,
            scene: Scene::default(),
            answer: Answer::default(),
            log: EventLog::default(),
            is_uneventful: false,
            is_stopped: false,
            lateness: 0,
            is_changed: true,
            goal: Some(goal),
        }
    }

    /// The same, played as far towards its first moment as nobody would wait for.
    pub(super) fn on_its_way(mut self) -> Run {
        self.approach(FIRST_STEPS_MAX);
        self
    }

    /// Keeps the run so far: a fault of the page would lead back to here.
    pub(super) fn keep(&self) {
        let scenario = self.timeline.to_scenario();
        broken::keep(scenario.to_json(), scenario.seed);
    }

    /// Plays at most `limit` steps towards the goal.
    pub(super) fn approach(&mut self, limit: usize) {
        let Some((step, us)) = self.goal else { return };
        for _ in 0..limit {
            let is_due = self.timeline.next_at().is_some_and(|at| at.0 <= us);
            if self.timeline.position() >= step || !is_due {
                self.goal = None;
                break;
            }
            self.timeline.step();
        }
        self.head_us = self.timeline.world().now().0;
        if self.goal.is_none() && us != u64::MAX {
            self.head_us = self.head_us.max(us);
        }
    }

    /// Goes back to before the action of so many commands that began at `step`, into a future
    /// without it.
    pub(super) fn undo(&mut self, (step, count): (StepId, usize)) {
        self.goal = None;
        self.timeline.undo(step, count);
        self.head_us = self.timeline.world().now().0;
    }

    /// Goes to another future. One of an earlier visit is played anew.
    pub(super) fn switch_branch(&mut self, branch: usize) {
        if let Some(end) = self.timeline.enter_branch(branch) {
            self.goal = Some((end, u64::MAX));
            self.approach(FIRST_STEPS_MAX);
        }
        self.keep();
    }

    /// Lets wall time pass.
    pub(super) fn advance(&mut self, real_us: u64) -> Progress {
        if self.goal.is_some() {
            self.approach(FRAME_STEPS_MAX);
            return Progress::Steps;
        }
        let pace = self.pace();
        let due = self.player.advance(real_us, pace);
        if due == 0 {
            self.lateness = 0;
            return Progress::Nothing;
        }
        self.is_uneventful = false;
        let broken_before = broken_rules(&self.timeline);
        let played = if pace.is_calm {
            self.play_calmly(due, pace)
        } else {
            self.head_us += due;
            let until = SimTime(self.head_us);
            self.timeline.run_until(until, FRAME_STEPS_MAX)
        };
        if played == FRAME_STEPS_MAX {
            self.head_us = self.timeline.world().now().0;
        }
        self.stop_at_breach(broken_before);
        self.lateness = if played == FRAME_STEPS_MAX || real_us > LATE_FRAME_US {
            (self.lateness + 8).min(LATE_MAX)
        } else {
            self.lateness.saturating_sub(1)
        };
        if played == 0 {
            Progress::Time
        } else {
            Progress::Steps
        }
    }

    /// At which pace time goes now; at a speed that doesn't hurry it is always the same.
    fn pace(&self) -> Pace {
        if !self.player.speed().hurries() {
            return Pace::default();
        }
        Pace {
            is_calm: !self.is_any_under_way(),
            is_close: is_yours_unread(&self.timeline, &self.memory),
            is_opened: self.memory.opened.is_some(),
        }
    }

    fn is_any_under_way(&self) -> bool {
        let (world, topic) = (self.timeline.world(), &self.scene.topic);
        is_any_under_way(world, topic, self.memory.keys(), self.memory.opened)
    }

    /// Lets `due_us` pass in which nothing is seen on its way, or less as soon as something is. Gives how
    /// many steps there were.
    fn play_calmly(&mut self, due_us: u64, pace: Pace) -> usize {
        let until = self.head_us + due_us;
        let mut played = 0;
        while played < FRAME_STEPS_MAX {
            if self.timeline.run_until(SimTime(until), 1) == 0 {
                self.head_us = until;
                break;
            }
            played += 1;
            if self.is_any_under_way() {
                let now = self.timeline.world().now().0;
                let rest = until.saturating_sub(now);
                self.head_us = now + self.player.speed().slowed_us(rest, pace);
                self.timeline
                    .run_until(SimTime(self.head_us), FRAME_STEPS_MAX - played);
                break;
            }
        }
        played
    }

    /// Stops right after the step that broke a rule, if one did that just now.
    fn stop_at_breach(&mut self, broken_before: usize) {
        if broken_rules(&self.timeline) == broken_before {
            return;
        }
        let steps = self.timeline.branch().steps().rev();
        let mut breaches = steps.filter(|step| {
            let mut events = step.events.iter();
            events.any(|event| matches!(event.kind, EventKind::RuleBroken(_)))
        });
        let position = breaches.next().map(|step| step.id.0 + 1);
        drop(breaches);
        if let Some(position) = position {
            self.command(PlayerCommand::Seek(position));
            self.is_stopped = true;
        }
    }

    /// Whether time goes slower than asked.
    pub(super) fn is_late(&self) -> bool {
        self.lateness >= LATE_MIN
    }

    /// What the sentence tells of, if that is something that happened; nothing while time runs, or while
    /// something else is asked.
    pub(super) fn news(&self) -> Option<EventId> {
        let is_asked = self.player.is_playing() || !self.answer.parts.is_empty();
        let told = || happened(&self.timeline, &self.memory);
        (!is_asked).then(told)?
    }

    /// The row of the partition to which the record goes that the visitor sent at `sent`, or later.
    pub(super) fn your_row(&self, sent: StepId) -> Option<u32> {
        let position = self.timeline.position();
        let partition = self.memory.your_partition(sent, position)?;
        let rows = self.scene.partitions.iter();
        let is_on_stage = partition.topic.as_str() == self.scene.topic;
        let mut rows = (0..).zip(rows.filter(|_| is_on_stage));
        let (row, _) = rows.find(|(_, row)| row.id == partition.partition.0)?;
        Some(row)
    }

    /// Whether it is still on its way to where it is to be looked at first.
    pub(super) fn is_approaching(&self) -> bool {
        self.goal.is_some()
    }

    /// Plays what the next picture shows; gives where the first of it begins, and for how long
    /// nothing moved before.
    pub(super) fn play_picture(&mut self, looked: Looked<'_>) -> (StepId, u64) {
        self.is_uneventful = false;
        let first = play(&mut self.timeline, looked);
        self.head_us = self.timeline.world().now().0;
        first
    }

    /// How the stage was at an earlier position; the play head stays.
    pub(super) fn scene_at(&mut self, position: StepId, opened: Option<u32>) -> Scene {
        let here = self.timeline.position();
        (self.memory.opened, self.memory.told) = (opened, None);
        self.timeline.seek(position);
        let scene = project(&self.timeline, &mut self.memory);
        self.timeline.seek(here);
        scene
    }

    /// Carries a command to the player out.
    pub(super) fn command(&mut self, command: PlayerCommand) {
        self.is_uneventful = false;
        self.is_stopped &= command == PlayerCommand::Pause;
        if !matches!(command, PlayerCommand::Play | PlayerCommand::SetSpeed(_)) {
            self.goal = None;
        }
        match self.player.command(command, self.timeline.position().0) {
            Move::Stay => return,
            Move::OneStep => {
                self.timeline.step();
            }
            Move::Ahead => self.is_uneventful = !self.skip_ahead(),
            Move::To(position) => self.timeline.seek(StepId(position)),
        }
        self.head_us = self.timeline.world().now().0;
    }

    /// Gives a command to the cluster.
    pub(super) fn apply(&mut self, command: Command) -> Result<(), CommandRejected> {
        self.goal = None;
        self.timeline.apply(command, SimTime(self.head_us))?;
        self.head_us = self.head_us.max(self.timeline.world().now().0);
        self.answer.acted_since = true;
        self.keep();
        Ok(())
    }

    /// Puts another topic on the stage.
    pub(super) fn show_topic(&mut self, topic: Option<String>) {
        self.memory.topic = topic;
        self.answer = Answer::default();
    }

    /// Brings scene and log to the play head, which may be later than the last step. `opened` is
    /// the row of the partition of which more is told; of rows outside of `told` only names are.
    /// The tracks of the time bar are read anew if `has_tracks` says so.
    pub(super) fn project(
        &mut self,
        opened: Option<u32>,
        told: Option<Range<usize>>,
        has_tracks: bool,
    ) {
        (self.memory.opened, self.memory.told) = (opened, told);
        self.memory.skips_tracks = !has_tracks;
        let scene = project(&self.timeline, &mut self.memory);
        let mut before = std::mem::replace(&mut self.scene, scene);
        if !has_tracks {
            self.scene.tracks = std::mem::take(&mut before.tracks);
        }
        self.is_changed |= !self.scene.looks_like(&before);
        let speed = self.player.speed();
        if self.player.is_playing() && !speed.has_tweens() {
            let seen = |flight: &Flight| speed.seen_us(flight.arrives_us - flight.sent_us);
            let flights = &mut self.scene.flights;
            flights.retain(|flight| flight.is_held || seen(flight) >= FLIGHT_SEEN_US);
        }
        if self.is_uneventful {
            NO_TURN.clone_into(&mut self.scene.sentence);
        }
        self.set_time();
        broken::note_step(self.scene.head.step);
        self.log.follow(&self.timeline);
    }

    /// What was answered is to hold of the present.
    pub(super) fn follow_answer(&mut self) {
        if self.answer.is_any() {
            self.answer.follow(&self.timeline, &self.scene.topic);
        }
    }

    /// Brings the scene's clock to the play head.
    pub(super) fn set_time(&mut self) {
        let head = &mut self.scene.head;
        head.now_us = self.head_us;
        head.clock = clock(self.head_us);
        head.known_us = head.known_us.max(self.head_us);
    }
}
