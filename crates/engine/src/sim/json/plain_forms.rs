//! The forms of numbers, texts, names, lists and maps.

use bytes::Bytes;

use super::form::{Fields, Form, Problem, chosen, written};
use super::tree::Tree;
use crate::kafka::ids::{BrokerId, StepId, TopicName};
use crate::kafka::text_bytes::{from_hex, to_hex};
use crate::sorted::SortedMap;

fn items<'a>(tree: &'a Tree, problem: &mut Problem, expected: &str) -> Option<&'a [Tree]> {
    match tree {
        Tree::List(items) => Some(items),
        _ => problem.misfit("type", tree, expected),
    }
}

fn item<T: Form>(items: &[Tree], index: usize, problem: &mut Problem) -> Option<T> {
    let Some(item) = items.get(index) else {
        return problem.say("an item is missing".to_owned());
    };
    chosen(T::read(item, problem), &format!("[{index}]"), problem)
}

fn natural(tree: &Tree, max: u64, expected: &str, problem: &mut Problem) -> Option<u64> {
    match tree {
        Tree::Natural(number) if *number <= max => Some(*number),
        Tree::Natural(_) | Tree::Negative(_) => problem.misfit("value", tree, expected),
        _ => problem.misfit("type", tree, expected),
    }
}

fn whole(tree: &Tree, min: i64, expected: &str, problem: &mut Problem) -> Option<i64> {
    match tree {
        Tree::Negative(number) if *number >= min => Some(*number),
        Tree::Negative(_) => problem.misfit("value", tree, expected),
        _ => natural(tree, !min as u64, expected, problem).map(|number| number as i64),
    }
}

macro_rules! naturals {
    ($($type:ident)*) => {
        $(impl Form for $type {
            fn read(tree: &Tree, problem: &mut Problem) -> Option<$type> {
                natural(tree, u64::from($type::MAX), stringify!($type), problem)
                    .map(|number| number as $type)
            }

            fn write(&self) -> Tree {
                Tree::Natural(u64::from(*self))
            }

            fn is_blank(&self) -> bool {
                *self == 0
            }
        })*
    };
}

macro_rules! wholes {
    ($($type:ident)*) => {
        $(impl Form for $type {
            fn read(tree: &Tree, problem: &mut Problem) -> Option<$type> {
                whole(tree, i64::from($type::MIN), stringify!($type), problem)
                    .map(|number| number as $type)
            }

            fn write(&self) -> Tree {
                match u64::try_from(*self) {
                    Ok(number) => Tree::Natural(number),
                    Err(_) => Tree::Negative(i64::from(*self)),
                }
            }
        })*
    };
}

naturals! { u32 u64 }
wholes! { i16 i32 i64 }

macro_rules! inside {
    ($($type:ident)*) => {
        $(impl Form for $type {
            fn read(tree: &Tree, problem: &mut Problem) -> Option<$type> {
                Form::read(tree, problem).map($type)
            }

            fn write(&self) -> Tree {
                self.0.write()
            }
        })*
    };
}

inside! { BrokerId StepId }

impl Form for String {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<String> {
        match tree {
            Tree::Text(text) => Some(text.clone()),
            _ => problem.misfit("type", tree, "a string"),
        }
    }

    fn write(&self) -> Tree {
        Tree::Text(self.clone())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Form for TopicName {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<TopicName> {
        String::read(tree, problem).map(|name| TopicName::new(&name))
    }

    fn write(&self) -> Tree {
        Tree::Text(self.as_str().to_owned())
    }
}

/// Bytes are text where they are text, else `{"hex": "0a1b"}`.
impl Form for Bytes {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<Bytes> {
        match tree {
            Tree::Text(text) => Some(Bytes::from(text.clone())),
            _ => {
                let mut fields = Fields::of(tree, "of text or hex", problem)?;
                let hex: Option<String> = fields.take("hex");
                fields.done()?;
                match from_hex(&hex?) {
                    Some(bytes) => Some(bytes.into()),
                    None => problem.say("hex has two digits a byte".to_owned()),
                }
            }
        }
    }

    fn write(&self) -> Tree {
        match std::str::from_utf8(self) {
            Ok(text) => Tree::Text(text.to_owned()),
            Err(_) => written("hex", Tree::Text(to_hex(self))),
        }
    }
}

impl<T: Form> Form for Option<T> {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<Option<T>> {
        match tree {
            Tree::Null => Some(None),
            _ => T::read(tree, problem).map(Some),
        }
    }

    fn write(&self) -> Tree {
        self.as_ref().map_or(Tree::Null, T::write)
    }

    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T: Form> Form for Vec<T> {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<Vec<T>> {
        let items = items(tree, problem, "a sequence")?;
        let mut list = Vec::new();
        for index in 0..items.len() {
            list.push(item(items, index, problem)?);
        }
        Some(list)
    }

    fn write(&self) -> Tree {
        Tree::List(self.iter().map(T::write).collect())
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl<A: Form, B: Form> Form for (A, B) {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<(A, B)> {
        let pair = items(tree, problem, "a tuple of size 2")?;
        if pair.len() > 2 {
            return problem.misfit("length", tree, "a tuple of size 2");
        }
        let first = item(pair, 0, problem);
        let second = item(pair, 1, problem);
        Some((first?, second?))
    }

    fn write(&self) -> Tree {
        Tree::List(vec![self.0.write(), self.1.write()])
    }
}

impl<T: Form> Form for [T; 2] {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<[T; 2]> {
        <(T, T)>::read(tree, problem).map(|(first, second)| [first, second])
    }

    fn write(&self) -> Tree {
        Tree::List(self.iter().map(T::write).collect())
    }
}

/// What can be the name of a field.
pub(in crate::sim) trait Name: Sized + Ord {
    fn from_name(name: &str, problem: &mut Problem) -> Option<Self>;
    fn to_name(&self) -> String;
}

impl Name for String {
    fn from_name(name: &str, _problem: &mut Problem) -> Option<String> {
        Some(name.to_owned())
    }

    fn to_name(&self) -> String {
        self.clone()
    }
}

impl Name for BrokerId {
    fn from_name(name: &str, problem: &mut Problem) -> Option<BrokerId> {
        match name.parse() {
            Ok(number) => Some(BrokerId(number)),
            Err(_) => problem.misfit("type", &Tree::Text(name.to_owned()), "u32"),
        }
    }

    fn to_name(&self) -> String {
        self.0.to_string()
    }
}

impl<K: Name, V: Form> Form for SortedMap<K, V> {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<SortedMap<K, V>> {
        let Tree::Fields(fields) = tree else {
            return problem.misfit("type", tree, "a map");
        };
        let mut map = SortedMap::new();
        for (name, value) in fields {
            let key = K::from_name(name, problem)?;
            let value = chosen(V::read(value, problem), name, problem)?;
            map.insert(key, value);
        }
        Some(map)
    }

    fn write(&self) -> Tree {
        let fields = self.iter();
        Tree::Fields(
            fields
                .map(|(key, value)| (key.to_name(), value.write()))
                .collect(),
        )
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}
