//! How the run is looked at: the size of the stage, what is opened on it, what matters in it.

use std::ops::Range;

use leptos::prelude::*;

use super::Session;
use crate::ui::shown::Shown;
use crate::view::focus::Focus;
use crate::view::layout::{LayoutInput, Level, Stack};
use crate::view::measures::Scale;

/// Narrower stages show one partition.
const CLUSTER_WIDTH_MIN: u32 = 860;
/// Narrower stages have smaller cells.
const REGULAR_WIDTH_MIN: u32 = 1100;
/// From here on the panel no longer takes the lower half of the page, in CSS pixels.
pub(super) const PHONE_PAGE_END: u32 = 600;
/// Wider pages have larger type.
pub(super) const WIDE_PAGE_MIN: u32 = 1600;

impl Session {
    /// What the chain of causes is about, if somebody asked for one and hasn't acted since.
    pub(super) fn focus(&self) -> Focus {
        let answer = &self.run.answer;
        if answer.parts.is_empty() || answer.acted_since {
            Focus::default()
        } else {
            Focus::of(answer.partition, &answer.spots)
        }
    }

    /// The width of one picture: half of the stage's where two stand side by side.
    fn width(&self) -> u32 {
        let width = self.size.width;
        if self.is_halved() { width / 2 } else { width }
    }

    /// Whether two pictures stand side by side.
    fn is_halved(&self) -> bool {
        self.still.is_on && self.size.width >= CLUSTER_WIDTH_MIN
    }

    fn scale(&self) -> Scale {
        match self.width() {
            ..CLUSTER_WIDTH_MIN if self.is_halved() => {
                [Scale::Half, Scale::HalfWide][usize::from(self.size.page_width >= WIDE_PAGE_MIN)]
            }
            ..CLUSTER_WIDTH_MIN => Scale::Stacked,
            CLUSTER_WIDTH_MIN..REGULAR_WIDTH_MIN => Scale::Narrow,
            _ if self.size.page_width >= WIDE_PAGE_MIN => Scale::Wide,
            _ => Scale::Regular,
        }
    }

    /// Whether one partition has room only.
    pub(super) fn is_stacked(&self) -> bool {
        self.scale() == Scale::Stacked
    }

    /// The partition that is opened, if one is, as the scene has it.
    pub(super) fn opened(&self) -> Option<u32> {
        let scale = self.scale();
        let is_open = self.is_open || scale == Scale::Stacked || scale.is_half();
        is_open.then_some(self.opened_row)
    }

    /// The rows of which all is told: while a long table runs, only those that are drawn.
    pub(super) fn told_rows(&self, shown: &Shown) -> Option<Range<usize>> {
        let layout = shown.layout.read_untracked();
        let is_long = layout.level == Level::Table && self.run.player.is_playing();
        is_long.then(|| layout.visible_rows())
    }

    pub(super) fn layout_input(&self) -> LayoutInput {
        let scene = &self.run.scene;
        let size = self.size;
        let opened_row = self
            .opened_row
            .min((scene.partitions.len() as u32).saturating_sub(1));
        let opened = scene.partitions.get(opened_row as usize);
        let stack = opened.map(|opened| Stack::of(&scene.brokers, opened));
        LayoutInput {
            width: self.width(),
            height: size.height,
            broker_count: scene.brokers.len() as u32,
            partition_count: scene.partitions.len() as u32,
            group_count: scene.groups.len() as u32,
            scale: self.scale(),
            is_open: self.is_open || self.scale().is_half(),
            opened_row,
            stack: self.still.order(stack.unwrap_or_default()),
            scrolled: self.scrolled,
        }
    }
}
