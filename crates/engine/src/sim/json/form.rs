//! How values are read from a tree and written as one; each type in one way only (a structure
//! from its named fields, never from a list).
//!
//! A reader that fails tells the [`Problem`] once and gives nothing. So the many small readers
//! need no error type of their own and stay small in wasm.

pub(super) use super::tree::Tree;
use super::{JsonError, one_of};

/// A value that can be written as JSON and read back.
pub(in crate::sim) trait Form: Sized {
    /// Reads it; nothing, and the problem said, if that can't be.
    fn read(tree: &Tree, problem: &mut Problem) -> Option<Self>;

    /// Writes it.
    fn write(&self) -> Tree;

    /// Whether a field with this value is left out, where it may be: it says nothing.
    fn is_blank(&self) -> bool {
        false
    }
}

/// What is wrong, once something is.
#[derive(Default)]
pub(in crate::sim) struct Problem(Option<JsonError>);

impl Problem {
    /// Says what is wrong; the first problem counts.
    pub(super) fn say<T>(&mut self, reason: String) -> Option<T> {
        self.0.get_or_insert(JsonError {
            place: String::new(),
            reason,
        });
        None
    }

    pub(super) fn misfit<T>(&mut self, what: &str, found: &Tree, expected: &str) -> Option<T> {
        self.say(
            [
                "invalid ",
                what,
                ": ",
                &found.called(),
                ", expected ",
                expected,
            ]
            .concat(),
        )
    }

    /// The same problem, seen from the structure whose field it is in.
    fn is_in(&mut self, name: &str) {
        if let Some(error) = self.0.take() {
            self.0 = Some(error.in_field(name));
        }
    }

    /// The error for the whole text.
    pub(super) fn into_error(self) -> JsonError {
        let mut error = self.0.unwrap_or_default();
        if error.place.is_empty() {
            error.place.push_str("at the outermost level");
        }
        error
    }
}

/// The fields of a structure while they are read.
pub(in crate::sim) struct Fields<'a> {
    fields: &'a [(String, Tree)],
    problem: &'a mut Problem,
    /// The names asked for so far.
    asked: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of `tree`, which is to be the structure `name`.
    pub(super) fn of(tree: &'a Tree, name: &str, problem: &'a mut Problem) -> Option<Fields<'a>> {
        match tree {
            Tree::Fields(fields) => Some(Fields {
                fields,
                problem,
                asked: Vec::new(),
            }),
            _ => problem.misfit("type", tree, &["struct ", name].concat()),
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'a Tree> {
        self.asked.push(name);
        let field = self.fields.iter().find(|(it, _)| it == name);
        field.map(|(_, value)| value)
    }

    /// A field that must be there.
    pub(super) fn take<T: Form>(&mut self, name: &'static str) -> Option<T> {
        match self.find(name) {
            Some(tree) => self.read(tree, name),
            None => self.problem.say(["missing field `", name, "`"].concat()),
        }
    }

    /// A field that may be left out.
    pub(super) fn take_or<T: Form>(&mut self, name: &'static str, default: T) -> Option<T> {
        match self.find(name) {
            Some(tree) => self.read(tree, name),
            None => Some(default),
        }
    }

    fn read<T: Form>(&mut self, tree: &Tree, name: &'static str) -> Option<T> {
        let value = T::read(tree, self.problem);
        if value.is_none() {
            self.problem.is_in(name);
        }
        value
    }

    /// Refuses what was not asked for.
    pub(super) fn done(self) -> Option<()> {
        let is_asked = |name: &str| self.asked.contains(&name);
        match self.fields.iter().find(|(name, _)| !is_asked(name)) {
            None => Some(()),
            Some((name, _)) => self.problem.say(
                [
                    "unknown field `",
                    name,
                    "`, expected ",
                    &one_of(&self.asked),
                ]
                .concat(),
            ),
        }
    }
}

/// Which of several kinds of value `tree` is, and what stands behind the kind's name.
pub(super) fn choose<'a>(
    tree: &'a Tree,
    names: &[&'static str],
    problem: &mut Problem,
) -> Option<(&'static str, &'a Tree)> {
    let (name, value) = match tree {
        Tree::Text(name) => (name, &Tree::Null),
        Tree::Fields(fields) if fields.len() == 1 => (&fields[0].0, &fields[0].1),
        _ => return problem.misfit("type", tree, "a name, or one name with its value"),
    };
    match names.iter().find(|it| *it == name) {
        Some(known) => Some((known, value)),
        None => problem.say(["unknown variant `", name, "`, expected ", &one_of(names)].concat()),
    }
}

/// The end of a choice: a problem was in the kind `name`.
pub(super) fn chosen<T>(value: Option<T>, name: &str, problem: &mut Problem) -> Option<T> {
    if value.is_none() {
        problem.is_in(name);
    }
    value
}

/// What stands behind a kind's name that can't stand alone.
pub(super) fn needed<'a>(value: &'a Tree, problem: &mut Problem) -> Option<&'a Tree> {
    match value {
        Tree::Null => problem.say("this needs a value".to_owned()),
        value => Some(value),
    }
}

/// Nothing stands behind a kind's name that stands alone.
pub(super) fn alone(value: &Tree, problem: &mut Problem) -> Option<()> {
    match value {
        Tree::Null => Some(()),
        _ => problem.say("this takes no value".to_owned()),
    }
}

/// A kind with its value, written.
pub(super) fn written(name: &str, value: Tree) -> Tree {
    Tree::Fields(vec![(name.to_owned(), value)])
}

/// Adds a field.
pub(super) fn put<T: Form>(fields: &mut Vec<(String, Tree)>, name: &str, value: &T) {
    fields.push((name.to_owned(), value.write()));
}

/// Adds a field, unless it says nothing.
pub(super) fn put_any<T: Form>(fields: &mut Vec<(String, Tree)>, name: &str, value: &T) {
    if !value.is_blank() {
        put(fields, name, value);
    }
}

/// `structure! { Type { needed fields; fields that may be left out } }`: its form.
macro_rules! structure {
    ($type:ident { $($field:ident)* $(; $($optional:ident)*)? }) => {
        impl $crate::sim::json::form::Form for $type {
            fn read(tree: &$crate::sim::json::form::Tree, problem: &mut $crate::sim::json::form::Problem) -> Option<$type> {
                let mut fields = $crate::sim::json::form::Fields::of(tree, stringify!($type), problem)?;
                $(let $field = fields.take(stringify!($field));)*
                $($(let $optional = fields.take_or(stringify!($optional), Default::default());)*)?
                fields.done()?;
                Some($type { $($field: $field?,)* $($($optional: $optional?,)*)? })
            }

            fn write(&self) -> $crate::sim::json::form::Tree {
                let mut fields = Vec::new();
                $($crate::sim::json::form::put(&mut fields, stringify!($field), &self.$field);)*
                $($($crate::sim::json::form::put_any(&mut fields, stringify!($optional), &self.$optional);)*)?
                $crate::sim::json::form::Tree::Fields(fields)
            }
        }
    };
}

/// `choice! { Type { "name" Kind, "name" Kind(value), "name" Kind { fields; optional fields } } }`:
/// its form.
macro_rules! choice {
    ($type:ident { $($name:literal $variant:ident $(($inner:ident))?
        $({ $($field:ident)* $(; $($optional:ident)*)? })? ,)* }) => {
        impl $crate::sim::json::form::Form for $type {
            fn read(tree: &$crate::sim::json::form::Tree, problem: &mut $crate::sim::json::form::Problem) -> Option<$type> {
                let (name, value) = $crate::sim::json::form::choose(tree, &[$($name),*], problem)?;
                let read = match name {
                    $($name => choice!(@read $type value problem $name $variant $(($inner))?
                        $({ $($field)* ; $($($optional)*)? })?),)*
                    _ => None,
                };
                $crate::sim::json::form::chosen(read, name, problem)
            }

            fn write(&self) -> $crate::sim::json::form::Tree {
                match self {
                    $($type::$variant $(($inner))? $({ $($field,)* $($($optional,)*)? })? =>
                        choice!(@write $name $(($inner))?
                            $({ $($field)* ; $($($optional)*)? })?),)*
                }
            }
        }
    };
    (@read $type:ident $value:ident $problem:ident $name:literal $variant:ident) => {
        $crate::sim::json::form::alone($value, $problem).map(|()| $type::$variant)
    };
    (@read $type:ident $value:ident $problem:ident $name:literal $variant:ident ($inner:ident)) => {
        $crate::sim::json::form::needed($value, $problem)
            .and_then(|value| $crate::sim::json::form::Form::read(value, $problem))
            .map($type::$variant)
    };
    (@read $type:ident $value:ident $problem:ident $name:literal $variant:ident
        { $($field:ident)* ; $($optional:ident)* }) => {
        $crate::sim::json::form::needed($value, $problem).and_then(|value| {
            let mut fields = $crate::sim::json::form::Fields::of(value, $name, $problem)?;
            $(let $field = fields.take(stringify!($field));)*
            $(let $optional = fields.take_or(stringify!($optional), Default::default());)*
            fields.done()?;
            Some($type::$variant { $($field: $field?,)* $($optional: $optional?,)* })
        })
    };
    (@write $name:literal) => {
        $crate::sim::json::form::Tree::Text($name.to_owned())
    };
    (@write $name:literal ($inner:ident)) => {
        $crate::sim::json::form::written($name, $crate::sim::json::form::Form::write($inner))
    };
    (@write $name:literal { $($field:ident)* ; $($optional:ident)* }) => {{
        let mut fields = Vec::new();
        $($crate::sim::json::form::put(&mut fields, stringify!($field), $field);)*
        $($crate::sim::json::form::put_any(&mut fields, stringify!($optional), $optional);)*
        $crate::sim::json::form::written($name, $crate::sim::json::form::Tree::Fields(fields))
    }};
}

pub(super) use {choice, structure};
