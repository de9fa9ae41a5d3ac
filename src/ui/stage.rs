//! The stage: brokers as columns, partitions as rows, records as cells.

use leptos::html::Main;
use leptos::prelude::*;

use crate::platform::browser;
use crate::ui::flights::Flights;
use crate::ui::rows::{Row, Rows};
use crate::ui::session::SessionHandle;
use crate::ui::shown::Shown;
use crate::view::layout::{Layout, LayoutInput, Rect, Scale};
use crate::view::placed::{PlacedCell, PlacedMark, PlacedReplica};
use crate::view::scene::{BrokerRow, BrokerStatus, GroupRow, KeyMark, PartitionRow, ReplicaRole};
use crate::view::subject::Subject;

/// Narrower stages scroll sideways.
const STAGE_WIDTH_MIN: u32 = 860;

/// `style` for something that stands at `rect`.
fn place(rect: Rect) -> String {
    format!(
        "left:{}px;top:{}px;width:{}px;height:{}px",
        rect.x, rect.y, rect.width, rect.height
    )
}

/// The stage.
#[component]
pub fn Stage(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let frame = NodeRef::<Main>::new();
    Effect::new(move |_| {
        if let Some(element) = frame.get() {
            browser::watch_size(&element, move |width, height| {
                lay_out(session, width, height);
            });
        }
    });
    let (layout, controller, topic) = (shown.layout, shown.controller, shown.topic);
    let size = move || {
        let layout = layout.read();
        let width = layout.groups.right() + layout.measures.margin;
        format!("width:{width}px;height:{}px", layout.content_height)
    };
    view! {
        <main class="stage" node_ref=frame tabindex="0" aria-label="the cluster">
            <div class="stage__content" style=size>
                <div class="controller" style=move || place(layout.read().controller)>
                    <strong>"controller"</strong>
                    <span>{move || controller.get()}</span>
                </div>
                <Producers shown=shown.clone() />
                <span class="stage__topic" style=move || topic_place(&layout.read())>
                    {move || topic.get()}
                </span>
                <Brokers session shown=shown.clone() />
                <Partitions session shown=shown.clone() />
                <Replicas session rows=shown.replicas.clone() />
                <Cells session rows=shown.cells.clone() />
                <Marks rows=shown.marks.clone() />
                <Groups shown=shown.clone() />
                <Flights session />
            </div>
        </main>
    }
}

fn lay_out(session: SessionHandle, width: u32, height: u32) {
    let scene = session.scene();
    let scale = match width {
        ..1100 => Scale::Narrow,
        1100..1600 => Scale::Regular,
        _ => Scale::Wide,
    };
    let layout = Layout::new(LayoutInput {
        width: width.max(STAGE_WIDTH_MIN),
        height,
        broker_count: scene.brokers.len() as u32,
        partition_count: scene.partitions.len() as u32,
        scale,
    });
    session.shown().layout.set(layout);
    session.show();
}

fn topic_place(layout: &Layout) -> String {
    place(Rect {
        x: layout.producers.right(),
        y: layout.producers.y,
        width: layout.measures.row_header_width - 12,
        height: layout.measures.broker_header_height,
    })
}

/// The producers' frame with a queue for each partition.
#[component]
fn Producers(shown: Shown) -> impl IntoView {
    let (layout, producers, partitions) = (shown.layout, shown.producers, shown.partitions);
    let names = move || {
        let producers = producers.read();
        let names: Vec<&str> = producers.iter().map(|row| row.name.as_str()).collect();
        names.join(", ")
    };
    let queued = move |partition: u32| {
        let producers = producers.read();
        let queues = producers.iter().flat_map(|row| &row.queues);
        let marks: Vec<KeyMark> = queues
            .filter(|(id, _)| *id == partition)
            .flat_map(|(_, marks)| marks.iter().cloned())
            .collect();
        marks
    };
    let queue_place = move |row: usize| {
        let layout = layout.read();
        let y = layout.lane_y(row).unwrap_or_default() - 13;
        place(Rect {
            x: layout.producers.x + 9,
            y,
            width: layout.producers.width - 18,
            height: 26,
        })
    };
    let queue = move |(index, row): (usize, Row<PartitionRow>)| {
        let id = row.key;
        view! {
            <span class="queue" style=move || queue_place(index) title="waits in the producer">
                {move || queued(id).into_iter().rev().take(4).map(|mark| token(&mark)).collect_view()}
            </span>
        }
    };
    view! {
        <h2 class="stage__heading" style=move || heading_place(&layout.read())>"producers"</h2>
        <div class="frame" style=move || place(layout.read().producers)>
            <h3 class="frame__head" title=names>{names}</h3>
        </div>
        {move || partitions.list().into_iter().enumerate().map(queue).collect_view()}
    }
}

fn heading_place(layout: &Layout) -> String {
    place(Rect {
        y: layout.controller.y,
        height: layout.controller.height,
        ..layout.producers
    })
}

/// A key's little square.
fn token(mark: &KeyMark) -> impl IntoView + use<> {
    view! {
        <span class="token" data-hue=mark.hue_token() title=mark.name.clone()>
            {mark.letter.clone()}
        </span>
    }
}

/// The brokers' frames.
#[component]
fn Brokers(session: SessionHandle, shown: Shown) -> impl IntoView {
    let (layout, rows) = (shown.layout, shown.brokers.clone());
    let ids = shown.brokers;
    let frame = move |row: Row<BrokerRow>| {
        let id = row.key;
        let row = RwSignal::from(row.content);
        let ids = ids.clone();
        let style = move || {
            let column = ids.list().iter().position(|other| other.key == id);
            let layout = layout.read();
            let rect = column.and_then(|column| layout.brokers.get(column));
            place(rect.copied().unwrap_or_default())
        };
        let words = move || {
            let row = row.read();
            let silent = row
                .silent_for
                .as_ref()
                .map(|time| format!(", silent {time}"));
            match row.status {
                BrokerStatus::Up => format!("{}{}", row.note, silent.unwrap_or_default()),
                status => format!("{}{}", status.words(), silent.unwrap_or_default()),
            }
        };
        view! {
            <section class="frame" style=style data-status=move || row.read().status.token()>
                <button
                    class="frame__head frame__head--broker"
                    on:click=move |_| session.ask(Subject::Broker { broker: id })
                >
                    <strong>{format!("broker {id}")}</strong>
                    <span>{words}</span>
                </button>
            </section>
        }
    };
    view! { <For each=move || rows.list() key=|row| row.key children=frame /> }
}

/// The names, in-sync counts and lanes of the partitions.
#[component]
fn Partitions(session: SessionHandle, shown: Shown) -> impl IntoView {
    let (layout, rows) = (shown.layout, shown.partitions.clone());
    let ids = shown.partitions;
    let header = move |row: Row<PartitionRow>| {
        let id = row.key;
        let row = RwSignal::from(row.content);
        let ids = ids.clone();
        let index = Memo::new(move |_| {
            let list = ids.list();
            list.iter()
                .position(|other| other.key == id)
                .unwrap_or_default()
        });
        let lane = move || {
            let layout = layout.read();
            let x = layout.producers.right();
            let y = layout.lane_y(index.get()).unwrap_or_default() - 1;
            place(Rect {
                x,
                y,
                width: layout.groups.x - x,
                height: 3,
            })
        };
        let names = move || {
            let layout = layout.read();
            let y = layout.lane_y(index.get()).unwrap_or_default() - 12;
            let x = layout.producers.right();
            place(Rect {
                x,
                y,
                width: layout.measures.row_header_width - 12,
                height: 72,
            })
        };
        let epoch = move || {
            let epoch = row.read().leader_epoch;
            epoch.map(
                |epoch| view! { <span class="partition__note">{format!("epoch {epoch}")}</span> },
            )
        };
        let is_under_replicated = move || {
            let row = row.read();
            (row.in_sync_replicas.len() as u32) < row.replica_count
        };
        view! {
            <span class="lane" style=lane aria-hidden="true"></span>
            <div class="partition" style=names>
                <span class="partition__name">{move || row.read().name.clone()}</span>
                <button
                    class="partition__isr"
                    class=("is-short", is_under_replicated)
                    on:click=move |_| session.ask(Subject::InSyncReplicas { partition: id })
                >
                    {move || row.read().isr_words()}
                </button>
                {epoch}
            </div>
        }
    };
    view! { <For each=move || rows.list() key=|row| row.key children=header /> }
}

/// Water, labels, folds, brackets and high watermarks.
#[component]
fn Replicas(session: SessionHandle, rows: Rows<PlacedReplica>) -> impl IntoView {
    let replica = move |row: Row<PlacedReplica>| {
        let (partition, broker) = row.key;
        let row = RwSignal::from(row.content);
        let label = move || {
            let (is_leader, rect) = row.with(|row| (row.role == ReplicaRole::Leader, row.label));
            let words = row.read().role.words();
            if is_leader {
                let ask = move |_| session.ask(Subject::Leader { partition });
                let name = format!("leader of p{partition}: broker {broker}");
                view! {
                    <button class="leader" style=place(rect) aria-label=name on:click=ask>
                        {words}
                    </button>
                }
                .into_any()
            } else {
                view! { <span class="follower" style=place(rect)>{words}</span> }.into_any()
            }
        };
        let fold = move || {
            let fold = row.read().fold.clone();
            fold.map(|(rect, words)| view! { <span class="fold" style=place(rect)>{words}</span> })
        };
        let flag = move || {
            let words = row.read().flag_words.clone();
            (!words.is_empty()).then(|| {
                let rect = row.with(|row| Rect {
                    width: 56,
                    height: row.label.height,
                    ..row.bar
                });
                let ask = move |_| session.ask(Subject::HighWatermark { partition });
                view! { <button class="flag" style=place(rect) on:click=ask>{words}</button> }
            })
        };
        view! {
            <span class="water" style=move || place(row.read().water) aria-hidden="true"></span>
            <span class="bar" style=move || place(row.read().bar) aria-hidden="true"></span>
            {label}
            {fold}
            {flag}
            <span class="log-end" style=move || place(row.read().log_end)>
                <span>{move || row.read().log_end_words.clone()}</span>
            </span>
        }
    };
    view! { <For each=move || rows.list() key=|row| row.key children=replica /> }
}

/// The records, as buttons that ask why they are there.
#[component]
fn Cells(session: SessionHandle, rows: Rows<PlacedCell>) -> impl IntoView {
    let cell = move |row: Row<PlacedCell>| {
        let (partition, broker, offset) = row.key;
        let row = RwSignal::from(row.content);
        let ask = move |_| {
            session.ask(Subject::Record {
                partition,
                broker,
                offset,
            })
        };
        view! {
            <button
                class="cell"
                style=move || place(row.read().rect)
                data-hue=move || row.read().row.key.hue_token()
                data-offset=move || row.read().is_leader.then(|| offset.to_string())
                class=("cell--leader", move || row.read().is_leader)
                class=("cell--open", move || !row.read().row.is_committed)
                aria-label=move || row.read().name.clone()
                on:click=ask
            >
                <span>{move || row.read().row.key.letter.clone()}</span>
            </button>
        }
    };
    view! { <For each=move || rows.list() key=|row| row.key children=cell /> }
}

/// Where groups stand below the leaders' cells.
#[component]
fn Marks(rows: Rows<PlacedMark>) -> impl IntoView {
    let mark = move |row: Row<PlacedMark>| {
        let row = RwSignal::from(row.content);
        view! {
            <span
                class="mark"
                role="img"
                style=move || place(row.read().rect)
                aria-label=move || row.read().words.clone()
                title=move || row.read().words.clone()
            >
                {move || row.read().sign}
            </span>
        }
    };
    view! { <For each=move || rows.list() key=|row| row.key.clone() children=mark /> }
}

/// The groups with their members' cards.
#[component]
fn Groups(shown: Shown) -> impl IntoView {
    let (layout, rows, partitions) = (shown.layout, shown.groups, shown.partitions);
    let group = move |row: Row<GroupRow>| {
        let row = RwSignal::from(row.content);
        let partitions = partitions.clone();
        let members = move || {
            let row = row.read();
            let member = |member: &crate::view::scene::ConsumerRow| {
                let owned = member
                    .owns
                    .iter()
                    .map(|id| owned(&partitions, &row.name, *id));
                view! {
                    <li class="member">
                        <strong>{member.name.clone()}</strong>
                        <span>{member.note.clone()}</span>
                        {owned.collect_view()}
                    </li>
                }
            };
            row.members.iter().map(member).collect_view()
        };
        view! {
            <section class="group">
                <h2>{move || format!("group {}", row.read().name)}</h2>
                <p>{move || row.read().state.clone()}</p>
                <ul>{members}</ul>
            </section>
        }
    };
    view! {
        <div class="groups" style=move || place(layout.read().groups)>
            <For each=move || rows.list() key=|row| row.key.clone() children=group />
        </div>
    }
}

/// A partition on its owner's card: where the group stands there.
fn owned(partitions: &Rows<PartitionRow>, group: &str, id: u32) -> impl IntoView + use<> {
    let row = partitions.list().into_iter().find(|row| row.key == id);
    let group = group.to_owned();
    row.map(|row| {
        let row = RwSignal::from(row.content);
        let words = move || {
            let row = row.read();
            let mark = row.marks.iter().find(|mark| mark.group == group)?;
            let (full, hollow) = mark.shape.signs();
            let number = |offset: Option<u64>| offset.map_or("–".to_owned(), |n| n.to_string());
            let lag = number(mark.lag);
            let (committed, position) = (number(mark.committed), number(mark.position));
            Some(view! {
                <span title="committed">{format!("{full} {committed}")}</span>
                <span title="position">{format!("{hollow} {position}")}</span>
                <span>{format!("lag {lag}")}</span>
            })
        };
        view! {
            <div class="owned">
                <span class="owned__name">{move || row.read().name.clone()}</span>
                {words}
            </div>
        }
    })
}
