//! The lists beside the stage as parts: rules, events, futures, messages, and what can be done.

use std::cell::Cell;

use highwater_engine::sim::event::Event;
use highwater_engine::sim::timeline::WRITTEN_BRANCHES_MAX;
use highwater_engine::sim::world::World;

use crate::view::commands::PageAct;
use crate::view::event_line::sentence;
use crate::view::format::{clock, count, number_word};
use crate::view::forms::FormKind;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::scene::{BranchRow, Flight, HeadRow, LampRow, LampState};
use crate::view::thing::Thing;

/// The most lines of the event log for what repeats itself, and for what is worth finding again.
const ROUTINE_LINES: usize = 80;
const TURNING_LINES: usize = 120;
/// What a lost record begins with.
const ACKED: &str = "acked ";
/// What all lamps say together where one that is broken says it.
const ONE_SAYS_SO: &str = "";
/// The most events of one step that keep their order in the log.
const EVENTS_MAX: u64 = 1 << 12;

fn key(kind: Kind, index: u64) -> PartKey {
    PartKey {
        index,
        kind,
        ..PartKey::default()
    }
}

/// The lamps: a tick while a rule holds, a cross with the record's name once it is broken. First
/// stands what they say together, for screens without room for all.
pub fn lamps(rows: &[LampRow]) -> Vec<Part> {
    let mut parts = Parts::default();
    let all = parts.flow(key(Kind::Words, 0));
    let count_of = |state: &str| rows.iter().filter(|row| row.state.token() == state).count();
    let (broken, holding) = (count_of("broken"), count_of("holds"));
    (all.words, all.state) = if broken > 0 {
        all.name = broken_words(broken);
        let words = if broken > 1 {
            all.name.as_str()
        } else {
            ONE_SAYS_SO
        };
        (words.to_owned(), "broken")
    } else {
        let all_or_some = if holding == rows.len() { "all " } else { "" };
        let number = [all_or_some, &number_word(holding)].concat();
        // Beside other controls the end of it says enough.
        all.note = "rules hold".to_owned();
        all.name = [&number, " ", &all.note].concat();
        (number, "holds")
    };
    all.act = Some(Act::Lamps);
    all.is_stop = true;
    for (index, row) in (1..).zip(rows) {
        let lamp = parts.flow(key(Kind::Lamp, index));
        lamp.words.clone_from(&row.rule);
        lamp.state = row.state.token();
        match &row.state {
            LampState::Holds => lamp.name = format!("{}: holds", row.rule),
            LampState::Broken { words, event } => burn(lamp, words, *event),
        }
    }
    parts.sorted()
}

#[inline(never)]
fn broken_words(broken: usize) -> String {
    format!("{} broken", count(broken as u64, "rule"))
}

/// Says which rule is broken, and where.
#[inline(never)]
fn burn(lamp: &mut Part, words: &str, (step, index): (u64, u32)) {
    lamp.name = ["broken: ", words].concat();
    lamp.act = Some(Act::Select(step, index));
    lamp.is_stop = true;
    // Beside other controls the end of it says enough.
    let rest = words.strip_prefix(ACKED);
    words.clone_into(&mut lamp.words);
    if let Some(rest) = rest {
        ACKED.trim_end().clone_into(&mut lamp.words);
        rest.clone_into(&mut lamp.note);
    }
}

/// What is broken, said once to those who do not see the lamps.
pub fn alarm(rows: &[LampRow]) -> String {
    let broken = rows.iter().filter_map(|row| match &row.state {
        LampState::Broken { words, .. } => Some(words.as_str()),
        _ => None,
    });
    let words: Vec<&str> = broken.collect();
    words.join(", ")
}

/// A line of the event log, of an event whose [`crate::view::project::turn`] is `state`. Newer lines
/// stand first.
pub fn line(event: &Event, world: &World, state: &'static str) -> Part {
    let (step, index) = (event.id.step.0, event.id.index);
    let age = u64::MAX - (step * EVENTS_MAX + u64::from(index).min(EVENTS_MAX - 1));
    Part {
        key: key(Kind::Line, age),
        words: sentence(event, world),
        note: clock(event.at.0),
        act: Some(Act::Select(step, index)),
        state,
        ..Part::default()
    }
}

/// How many lines the event log has so far, newest first: what repeats itself leaves it first.
#[derive(Debug, Default)]
pub struct Room {
    routine: Cell<usize>,
    turning: Cell<usize>,
}

impl Room {
    /// Whether no line of any sort has room any more.
    pub fn is_full(&self) -> bool {
        self.routine.get() >= ROUTINE_LINES && self.turning.get() >= TURNING_LINES
    }

    /// Takes one more line, if there is room for its sort.
    pub fn takes(&self, is_turn: bool) -> bool {
        let (lines, most) = if is_turn {
            (&self.turning, TURNING_LINES)
        } else {
            (&self.routine, ROUTINE_LINES)
        };
        lines.set(lines.get() + 1);
        lines.get() <= most
    }
}

/// The futures, once there is more than one.
pub fn branches(rows: &[BranchRow]) -> Vec<Part> {
    let mut parts = Parts::default();
    if rows.len() > 1 {
        parts.flow(key(Kind::Heading, 0)).words = "Branches".to_owned();
        if rows.len() > WRITTEN_BRANCHES_MAX {
            let kept = parts.flow(key(Kind::Words, u64::MAX));
            kept.words = format!(
                "For your next visit {WRITTEN_BRANCHES_MAX} are kept: the first, the present one, \
                 the newest."
            );
        }
        for (index, row) in (0..).zip(rows) {
            let part = parts.flow(key(Kind::Line, u64::from(index) + 1));
            part.words.clone_from(&row.name);
            part.note = branch_note(row);
            part.act = Some(Act::Branch(index));
            part.is_stop = true;
            if row.is_current {
                part.state = "current";
                part.name = format!("{}, {}, shown now", part.words, part.note);
            }
        }
    }
    parts.sorted()
}

/// Where a branch begins, and how long it is.
fn branch_note(row: &BranchRow) -> String {
    let from = row.from.as_ref();
    let from = from.map_or_else(String::new, |from| format!("from {from}, "));
    format!("{from}{} steps", row.known_steps)
}

/// How far the run is: in the past with what has been played beyond it.
pub fn progress(head: &HeadRow) -> String {
    if is_past(head) {
        format!("{} of {}", head.step, head.known_steps)
    } else {
        format!("step {}", head.step)
    }
}

fn is_past(head: &HeadRow) -> bool {
    head.step < head.known_steps
}

/// On which of several branches the play head stands, and the way back from the past: short, since
/// they stand in lines with other words.
pub fn place(head: &HeadRow, branches: &[BranchRow]) -> Vec<Part> {
    let mut parts = Parts::default();
    let buttons = [
        (branches.len() > 1).then(|| {
            let current = branches.iter().position(|row| row.is_current);
            let number = current.unwrap_or_default() + 1;
            let words = format!("{number} of {}", branches.len());
            ("branch", "branch ", words, PageAct::Branches)
        }),
        is_past(head).then(|| ("end", "back ", "to the end".to_owned(), PageAct::End)),
    ];
    for (index, (state, before, words, act)) in (1..).zip(buttons.into_iter().flatten()) {
        let part = parts.flow(key(Kind::Button, index));
        part.name = [before, &words].concat();
        (part.words, part.state) = (words, state);
        part.act = Some(Act::Page(act));
        part.is_stop = true;
    }
    parts.sorted()
}

/// The messages on their way, in words.
pub fn flights(rows: &[Flight]) -> Vec<Part> {
    let mut parts = Parts::default();
    for flight in rows {
        let index = flight.id.0 * EVENTS_MAX + u64::from(flight.id.1) % EVENTS_MAX;
        let held = if flight.is_held {
            ", held by a cut link"
        } else {
            ""
        };
        let part = parts.flow(key(Kind::Words, index));
        part.words = format!(
            "{} from {} to {}{held}",
            flight.words,
            flight.from.words(),
            flight.to.words()
        );
        part.act = Some(Act::Message(flight.id.0, flight.id.1));
        part.is_stop = true;
    }
    parts.sorted()
}

/// Three things to do: those that anybody can do at once, or what fits the moment in place of the last of
/// them. What mends something stands first, and the record goes from there to the end; all others keep
/// their places.
pub fn actions(fitting: &[Part]) -> Vec<Part> {
    let own = [
        ("Produce a record", Act::Fill(FormKind::Record(None, None))),
        ("Stop a broker", Act::Show(Thing::Brokers)),
        ("Add a consumer", Act::Fill(FormKind::Consumer)),
    ];
    let shown = own.len().saturating_sub(fitting.len());
    let has_first = fitting.iter().any(|part| part.state == "primary");
    let mut parts = Parts::from(fitting.to_vec());
    for (index, (words, act)) in (0..).zip(own).take(shown) {
        let part = parts.flow(PartKey {
            row: match index {
                _ if !has_first => 0,
                0 => OWN_ROW,
                _ => OTHERS_ROW,
            },
            ..key(Kind::Button, index)
        });
        part.words = words.to_owned();
        part.act = Some(act);
        part.is_stop = true;
        if index + 1 == own.len() as u64 {
            // Where there is no room for three, its sign stands for it.
            (part.note, part.state) = ("+".to_owned(), "add");
            part.name = words.to_owned();
        }
        if index == 0 {
            part.note = "Produce".to_owned();
            part.name = words.to_owned();
            part.state = if has_first { "more" } else { "primary" };
        }
    }
    parts.sorted()
}

/// After all rows of what mends something, and after all of what fits the moment.
const OTHERS_ROW: u32 = 50;
const OWN_ROW: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_the_moment_comes_first_and_leaves_room_for_a_record() {
        let words = |parts: &[Part]| -> Vec<(String, &str)> {
            let pairs = parts.iter().map(|part| (part.words.clone(), part.state));
            pairs.collect()
        };
        assert_eq!(actions(&[]).len(), 3);
        assert_eq!(actions(&[])[0].state, "primary");
        let restart = Part {
            words: "Restart broker 1".to_owned(),
            state: "primary",
            ..Part::default()
        };
        let restarting = words(&actions(std::slice::from_ref(&restart)));
        let stop = ("Stop a broker".to_owned(), "");
        let produce = ("Produce a record".to_owned(), "more");
        let first = ("Restart broker 1".to_owned(), "primary");
        assert_eq!(restarting, [first, stop.clone(), produce.clone()]);
        let watch = Part {
            key: PartKey {
                row: 100,
                ..PartKey::default()
            },
            words: "Watch it again".to_owned(),
            ..Part::default()
        };
        let watching = words(&actions(std::slice::from_ref(&watch)));
        let primary = ("Produce a record".to_owned(), "primary");
        assert_eq!(watching[..2], [primary, stop], "where they always stand");
        let both = words(&actions(&[restart, watch]));
        assert_eq!((both.len(), &both[2]), (3, &produce));
    }

    #[test]
    fn the_lamps_say_together_whether_all_rules_hold() {
        let lamp = |state| LampRow {
            rule: "key order kept".to_owned(),
            state,
        };
        let whole = lamps(&[lamp(LampState::Holds), lamp(LampState::Holds)]);
        assert_eq!(whole[0].name, "all two rules hold");
        let broken = LampState::Broken {
            words: "key order broken: p1@7".to_owned(),
            event: (9, 1),
        };
        let parts = lamps(&[lamp(broken.clone())]);
        assert_eq!((parts[0].state, parts[1].state), ("broken", "broken"));
        assert_eq!(parts[1].act, Some(Act::Select(9, 1)));
        let both = lamps(&[lamp(broken.clone()), lamp(broken)]);
        assert_eq!(both[0].words, "2 rules broken");
    }

    #[test]
    fn one_broken_rule_is_not_told_of_twice() {
        let row = LampRow {
            rule: "no acked record lost".to_owned(),
            state: LampState::Broken {
                words: "acked record lost: p1@6".to_owned(),
                event: (9, 1),
            },
        };
        let parts = lamps(&[row]);
        assert_eq!(
            (parts[0].words.as_str(), parts[0].name.as_str()),
            ("", "1 rule broken")
        );
        let lamp = (parts[1].words.as_str(), parts[1].note.as_str());
        assert_eq!(lamp, ("acked", "record lost: p1@6"));
        assert_eq!(parts[1].name, "broken: acked record lost: p1@6");
    }

    #[test]
    fn routine_lines_leave_the_log_before_turning_points() {
        let room = Room::default();
        let routine = (0..10_000).filter(|_| room.takes(false)).count();
        assert_eq!(routine, ROUTINE_LINES);
        assert!(room.takes(true) && !room.is_full());
    }

    #[test]
    fn a_single_future_is_not_listed() {
        let row = BranchRow::default();
        assert!(branches(std::slice::from_ref(&row)).is_empty());
        assert_eq!(branches(&[row.clone(), row]).len(), 3);
    }

    #[test]
    fn beside_the_clock_stand_the_branch_and_the_way_back_from_the_past() {
        let head = |step| HeadRow {
            step,
            known_steps: 9,
            ..HeadRow::default()
        };
        let row = |is_current| BranchRow {
            is_current,
            ..BranchRow::default()
        };
        let said = |step, rows: &[BranchRow]| -> Vec<String> {
            let parts = place(&head(step), rows);
            for part in &parts {
                assert!(part.name.ends_with(&part.words), "what is seen can be said");
            }
            parts.into_iter().map(|part| part.name).collect()
        };
        assert!(said(9, &[row(true)]).is_empty(), "nothing to say");
        assert_eq!(said(9, &[row(false), row(true)]), ["branch 2 of 2"]);
        assert_eq!(said(3, &[row(true)]), ["back to the end"]);
        let both = ["branch 1 of 2", "back to the end"];
        assert_eq!(said(3, &[row(true), row(false)]), both);
        assert_eq!(
            (progress(&head(9)), progress(&head(3))),
            ("step 9".to_owned(), "3 of 9".to_owned())
        );
    }
}
