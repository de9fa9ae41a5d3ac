//! Carries the rows of a scene to the page: compares them with what is shown and touches only
//! what differs.
//!
//! Membership is one signal per collection, content one signal per row. A `Memo` per row over
//! one big snapshot would cost a hundred times as much: each notification re-subscribes them all.

use leptos::prelude::*;

/// A row that can be told from its neighbours for as long as it lives.
pub trait Keyed: Clone + PartialEq + Send + Sync + 'static {
    /// What tells it apart.
    type Key: Clone + Eq + std::hash::Hash + Send + Sync + 'static;

    /// Its key.
    fn key(&self) -> Self::Key;
}

/// A row on the page: its key and its content.
#[derive(Debug)]
pub struct Row<T: Keyed> {
    /// What tells it apart.
    pub key: T::Key,
    /// Its content; a component makes a handle of its own with `RwSignal::from`.
    pub content: ArcRwSignal<T>,
}

impl<T: Keyed> Clone for Row<T> {
    fn clone(&self) -> Self {
        Row {
            key: self.key.clone(),
            content: self.content.clone(),
        }
    }
}

/// A collection of rows on the page.
#[derive(Debug)]
pub struct Rows<T: Keyed> {
    list: ArcRwSignal<Vec<Row<T>>>,
}

impl<T: Keyed> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Rows {
            list: self.list.clone(),
        }
    }
}

impl<T: Keyed> Default for Rows<T> {
    fn default() -> Self {
        Rows {
            list: ArcRwSignal::new(Vec::new()),
        }
    }
}

impl<T: Keyed> Rows<T> {
    /// The rows for a `<For>`, tracked by membership and order only.
    pub fn list(&self) -> Vec<Row<T>> {
        self.list.get()
    }

    /// Shows `rows`: sets the signals of those that changed, and the list only if others came,
    /// went or moved.
    pub fn project(&self, rows: &[T]) {
        let shown = self.list.get_untracked();
        let has_same_keys = shown.len() == rows.len()
            && shown
                .iter()
                .zip(rows)
                .all(|(shown, row)| shown.key == row.key());
        let mut next = Vec::with_capacity(if has_same_keys { 0 } else { rows.len() });
        for (index, row) in rows.iter().enumerate() {
            let key = row.key();
            let known = match shown.get(index) {
                Some(known) if known.key == key => Some(known),
                _ => shown.iter().find(|known| known.key == key),
            };
            if let Some(known) = known
                && *known.content.read_untracked() != *row
            {
                known.content.set(row.clone());
            }
            if !has_same_keys {
                next.push(known.cloned().unwrap_or_else(|| Row {
                    key,
                    content: ArcRwSignal::new(row.clone()),
                }));
            }
        }
        if !has_same_keys {
            self.list.set(next);
        }
    }
}
