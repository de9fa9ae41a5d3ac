//! The one handle on the run: the page's verbs go in, rows come out.

use bytes::Bytes;
use highwater_engine::kafka::client::call::{ClientCall, ProducerRecord};
use highwater_engine::kafka::ids::{BrokerId, EventId, StepId, TopicName};
use highwater_engine::kafka::record::Header;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, CommandRejected};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::why;
use leptos::prelude::*;

use crate::player::{Move, Player, PlayerCommand, Speed};
use crate::ui::shown::{Answer, EventLine, Playing, Shown, set_if_changed};
use crate::view::event_line::{is_worth_a_line, sentence};
use crate::view::format::clock;
use crate::view::placed::Placed;
use crate::view::project::{Memory, project};
use crate::view::scene::{Flight, HeadRow, Scene};
use crate::view::subject::{Subject, event_of};
use highwater_engine::sorted::SortedMap;

/// The scenario that a visitor sees first.
const FIRST_SIGHT: &str = include_str!("../../scenarios/first-sight.json");
/// Where its play head stands at first: some records are there, one is on its way.
const FIRST_MOMENT_US: u64 = 4_250_000;
/// The most steps of one frame; beyond that time goes slower than asked.
const FRAME_STEPS_MAX: usize = 4000;
/// The most lines of the event log.
const LOG_LINES: usize = 200;
/// The most links of a chain of causes.
const CHAIN_LINKS: usize = 12;

/// A run, its player and what the page remembers of it.
struct Session {
    timeline: Timeline,
    player: Player,
    memory: Memory,
    /// The play head: at the world's present or later, where nothing happens yet.
    head_us: u64,
    scene: Scene,
    log: Vec<EventLine>,
    /// Up to which step of which branch the log is written.
    logged: (usize, StepId),
}

/// What a frame brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    /// The play head stands still.
    #[default]
    Nothing,
    /// Time passed in which nothing happened.
    Time,
    /// There were steps.
    Steps,
}

/// What the canvas draws.
#[derive(Clone, Debug, Default)]
pub struct FlightPicture {
    /// What is on its way.
    pub flights: Vec<Flight>,
    /// The play head in microseconds.
    pub now_us: u64,
    /// Broker ids by column.
    pub broker_ids: Vec<u32>,
}

/// A handle on the run that every component may copy.
#[derive(Clone, Copy)]
pub struct SessionHandle {
    session: StoredValue<Session, LocalStorage>,
    shown: StoredValue<Shown>,
}

impl SessionHandle {
    /// Loads the first scenario and plays it up to the first moment.
    pub fn first_sight() -> SessionHandle {
        let scenario = Scenario::from_json(FIRST_SIGHT).expect("the scenario is a tested file");
        let mut timeline = Timeline::new(scenario).expect("the scenario is a tested file");
        timeline.run_until(SimTime(FIRST_MOMENT_US), usize::MAX);
        let mut player = Player::default();
        player.command(PlayerCommand::Play, 0);
        let handle = SessionHandle {
            session: StoredValue::new_local(Session {
                timeline,
                player,
                memory: Memory::default(),
                head_us: FIRST_MOMENT_US,
                scene: Scene::default(),
                log: Vec::new(),
                logged: (0, StepId(0)),
            }),
            shown: StoredValue::new(Shown::default()),
        };
        handle.show();
        handle
    }

    /// The signals of the page.
    pub fn shown(self) -> Shown {
        self.shown.get_value()
    }

    /// One frame: lets `real_us` of wall time pass.
    pub fn frame(self, real_us: u64) {
        let progress = self
            .session
            .try_update_value(|session| session.advance(real_us))
            .unwrap_or_default();
        match progress {
            Progress::Nothing => {}
            Progress::Time => {
                let (now_us, head) = self
                    .session
                    .with_value(|session| (session.head_us, session.scene.head.clone()));
                let clock = clock(now_us);
                let head = HeadRow {
                    now_us,
                    clock,
                    ..head
                };
                set_if_changed(self.shown().head, &head);
            }
            Progress::Steps => self.show(),
        }
    }

    /// What the canvas draws now.
    pub fn flight_picture(self) -> FlightPicture {
        self.session.with_value(|session| FlightPicture {
            flights: session.scene.flights.clone(),
            now_us: session.head_us,
            broker_ids: session.scene.brokers.iter().map(|row| row.id).collect(),
        })
    }

    /// Plays or stands still.
    pub fn toggle(self) {
        self.command(PlayerCommand::Toggle);
    }

    /// Stands still and goes one step on.
    pub fn step(self) {
        self.command(PlayerCommand::StepForward);
    }

    /// Stands still and goes one step back.
    pub fn step_back(self) {
        self.command(PlayerCommand::StepBack);
    }

    /// Goes to where `position` steps lie before the play head.
    pub fn seek(self, position: u64) {
        self.command(PlayerCommand::Seek(position));
    }

    /// Plays at the speed at that place among all speeds.
    pub fn set_speed(self, index: usize) {
        self.command(PlayerCommand::SetSpeed(Speed::at(index)));
    }

    fn command(self, command: PlayerCommand) {
        self.session
            .update_value(|session| session.command(command));
        self.show();
    }

    /// Gives a command at the play head; a refusal is shown and given back in words.
    pub fn apply(self, command: Command) -> Result<(), String> {
        let result = self
            .session
            .try_update_value(|session| session.apply(command))
            .unwrap_or(Ok(()))
            .map_err(|rejected| rejected.to_string());
        let words = result.as_ref().err().cloned().unwrap_or_default();
        set_if_changed(self.shown().notice, &words);
        self.show();
        result
    }

    fn apply_all(self, commands: Vec<Command>) {
        for command in commands {
            if self.apply(command).is_err() {
                return;
            }
        }
        self.session.update_value(|session| {
            session.player.command(PlayerCommand::Play, 0);
        });
        self.show();
    }

    /// Lets a producer of its own, one for each `acks`, send a record.
    pub fn produce(self, key: &str, value: &str, headers: Vec<(String, String)>, acks: &str) {
        let client = format!("you-acks-{acks}");
        let has_client = self
            .session
            .with_value(|session| session.timeline.world().client(&client).is_some());
        let mut commands = Vec::new();
        if !has_client {
            commands.push(Command::AddProducer {
                name: client.clone(),
                config: SortedMap::from([("acks".to_owned(), acks.to_owned())]),
            });
        }
        let record = ProducerRecord {
            topic: TopicName(self.topic().into()),
            partition: None,
            key: (!key.is_empty()).then(|| Bytes::from(key.to_owned())),
            value: Some(Bytes::from(value.to_owned())),
            headers: headers
                .into_iter()
                .map(|(key, value)| Header {
                    key,
                    value: Some(Bytes::from(value)),
                })
                .collect(),
            timestamp_ms: None,
        };
        commands.push(Command::Call {
            client,
            method: ClientCall::Send(record),
        });
        self.apply_all(commands);
    }

    /// Kills a broker: `kill -9`.
    pub fn crash_broker(self, broker: u32) {
        let broker = BrokerId(broker);
        self.apply_all(vec![Command::CrashBroker { broker }]);
    }

    /// Stops a broker in good order.
    pub fn stop_broker(self, broker: u32) {
        let broker = BrokerId(broker);
        self.apply_all(vec![Command::StopBroker { broker }]);
    }

    /// Starts a broker that is down.
    pub fn start_broker(self, broker: u32) {
        let broker = BrokerId(broker);
        self.apply_all(vec![Command::StartBroker { broker }]);
    }

    /// Starts a consumer in `group` that reads the topic from its start.
    pub fn add_consumer(self, group: &str) {
        let name = self.session.with_value(|session| {
            let world = session.timeline.world();
            (1..)
                .map(|number| format!("consumer-{number}"))
                .find(|name| world.client(name).is_none())
                .unwrap_or_default()
        });
        let config = [
            ("group.id", group),
            ("auto.offset.reset", "earliest"),
            ("auto.commit.interval.ms", "1000"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = |method| Command::Call {
            client: name.clone(),
            method,
        };
        self.apply_all(vec![
            Command::AddConsumer {
                name: name.clone(),
                config: config.into(),
            },
            call(ClientCall::Subscribe {
                topics: vec![TopicName(self.topic().into())],
            }),
            call(ClientCall::StartPolling),
        ]);
    }

    fn topic(self) -> String {
        self.session
            .with_value(|session| session.scene.topic.clone())
    }

    /// Asks why a thing on the page is as it is.
    pub fn ask(self, subject: Subject) {
        let topic = self.topic();
        let event = self
            .session
            .with_value(|session| event_of(&session.timeline, &topic, subject));
        match event {
            Some(event) => self.select((event.step.0, event.index)),
            None => {
                let words = "The event that made this is older than what is remembered.";
                self.shown().notice.set(words.to_owned());
            }
        }
    }

    /// Asks why an event happened, and opens the panel.
    pub fn select(self, (step, index): (u64, u32)) {
        let id = EventId {
            step: StepId(step),
            index,
        };
        let answer = self.session.with_value(|session| {
            let question = session.line(session.timeline.event(id)?);
            let causes = why(&session.timeline, id, CHAIN_LINKS)
                .into_iter()
                .filter_map(|link| Some(session.line(session.timeline.event(link.event)?)))
                .collect();
            Some(Answer { question, causes })
        });
        let shown = self.shown();
        set_if_changed(shown.answer, &answer);
        set_if_changed(shown.is_panel_open, &true);
    }

    /// Goes to the moment right after an event, and asks why it happened.
    pub fn jump(self, event: (u64, u32)) {
        self.seek(event.0 + 1);
        self.select(event);
    }

    /// Goes to another future.
    pub fn switch_branch(self, branch: usize) {
        self.session.update_value(|session| {
            session.timeline.switch_branch(branch);
            session.head_us = session.timeline.world().now().0;
        });
        self.show();
    }

    /// The scene that is shown.
    pub fn scene(self) -> Scene {
        self.session.with_value(|session| session.scene.clone())
    }

    /// The run so far as a scenario's JSON text.
    pub fn scenario_json(self) -> String {
        self.session
            .with_value(|session| session.timeline.to_scenario().to_json())
    }

    /// Brings the page up to date.
    pub fn show(self) {
        let shown = self.shown();
        self.session.update_value(|session| {
            session.scene = session.project();
            session.write_log();
            session.set_signals(&shown);
        });
    }
}

impl Session {
    /// Lets wall time pass.
    fn advance(&mut self, real_us: u64) -> Progress {
        let due = self.player.advance(real_us);
        if due == 0 {
            return Progress::Nothing;
        }
        self.head_us += due;
        let until = SimTime(self.head_us);
        let played = self.timeline.run_until(until, FRAME_STEPS_MAX);
        if played == FRAME_STEPS_MAX {
            self.head_us = self.timeline.world().now().0;
        }
        if played == 0 {
            Progress::Time
        } else {
            Progress::Steps
        }
    }

    fn command(&mut self, command: PlayerCommand) {
        match self.player.command(command, self.timeline.position().0) {
            Move::Stay => return,
            Move::OneStep => {
                self.timeline.step();
            }
            Move::To(position) => self.timeline.seek(StepId(position)),
        }
        self.head_us = self.timeline.world().now().0;
    }

    fn apply(&mut self, command: Command) -> Result<(), CommandRejected> {
        self.timeline.apply(command, SimTime(self.head_us))?;
        self.head_us = self.head_us.max(self.timeline.world().now().0);
        Ok(())
    }

    /// The scene at the play head, which may be later than the last step.
    fn project(&mut self) -> Scene {
        let mut scene = project(&self.timeline, &mut self.memory);
        scene.head.now_us = self.head_us;
        scene.head.clock = clock(self.head_us);
        scene
    }

    /// Continues the log up to the play head, or writes it anew after a jump.
    fn write_log(&mut self) {
        let (branch, logged) = self.logged;
        let position = self.timeline.position();
        let current = self.timeline.current_branch();
        let goes_on = branch == current && logged <= position;
        let from = if goes_on { logged } else { StepId(0) };
        let room = LOG_LINES;
        let mut fresh: Vec<EventLine> = self
            .timeline
            .branch()
            .steps()
            .rev()
            .skip_while(|step| step.id >= position)
            .take_while(|step| step.id >= from)
            .flat_map(|step| step.events.iter().rev())
            .filter(|event| is_worth_a_line(event))
            .take(room)
            .map(|event| self.line(event))
            .collect();
        if goes_on {
            fresh.append(&mut self.log);
            fresh.truncate(room);
        }
        self.log = fresh;
        self.logged = (current, position);
    }

    fn line(&self, event: &Event) -> EventLine {
        EventLine {
            event: (event.id.step.0, event.id.index),
            clock: clock(event.at.0),
            sentence: sentence(event, self.timeline.world()),
        }
    }

    fn set_signals(&self, shown: &Shown) {
        let scene = &self.scene;
        set_if_changed(shown.head, &scene.head);
        set_if_changed(shown.sentence, &scene.sentence);
        set_if_changed(shown.topic, &scene.topic);
        set_if_changed(shown.controller, &scene.controller.words);
        shown.brokers.project(&scene.brokers);
        shown.partitions.project(&scene.partitions);
        set_if_changed(shown.producers, &scene.producers);
        shown.groups.project(&scene.groups);
        shown.lamps.project(&scene.lamps);
        set_if_changed(shown.branches, &scene.branches);
        let words: Vec<String> = scene.flights.iter().map(flight_words).collect();
        set_if_changed(shown.flights, &words);
        let placed = Placed::new(scene, &shown.layout.read_untracked());
        shown.replicas.project(&placed.replicas);
        shown.cells.project(&placed.cells);
        shown.marks.project(&placed.marks);
        if *shown.is_panel_open.read_untracked() {
            shown.log.project(&self.log);
        }
        let playing = Playing {
            is_playing: self.player.is_playing(),
            speed: self.player.speed().index(),
        };
        set_if_changed(shown.playing, &playing);
    }
}

fn flight_words(flight: &Flight) -> String {
    let held = if flight.is_held {
        ", held by a cut link"
    } else {
        ""
    };
    format!(
        "{} from {} to {}{held}",
        flight.words,
        flight.from.words(),
        flight.to.words()
    )
}
