//! JSON as a tree, as far as the formats of this engine go: whole numbers only.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sim) enum Tree {
    Null,
    Bool(bool),
    Natural(u64),
    Negative(i64),
    Text(String),
    List(Vec<Tree>),
    /// Names and values, in the order of the text.
    Fields(Vec<(String, Tree)>),
}

impl Tree {
    /// What an error calls it, in `serde_json`'s words.
    pub(super) fn called(&self) -> String {
        match self {
            Tree::Null => "null".to_owned(),
            Tree::Bool(value) => ["boolean `", if *value { "true" } else { "false" }, "`"].concat(),
            Tree::Natural(number) => format!("integer `{number}`"),
            Tree::Negative(number) => format!("integer `{number}`"),
            Tree::Text(text) => ["string \"", text, "\""].concat(),
            Tree::List(_) => "sequence".to_owned(),
            Tree::Fields(_) => "map".to_owned(),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Null => serializer.serialize_unit(),
            Tree::Bool(value) => serializer.serialize_bool(*value),
            Tree::Natural(number) => serializer.serialize_u64(*number),
            Tree::Negative(number) => serializer.serialize_i64(*number),
            Tree::Text(text) => serializer.serialize_str(text),
            Tree::List(items) => serializer.collect_seq(items),
            Tree::Fields(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

/// Builds a tree.
struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whole numbers only")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Natural(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Negative(number))
    }

    fn visit_f64<E: Error>(self, _fraction: f64) -> Result<Tree, E> {
        Err(E::custom("numbers are whole numbers here"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut fields: Vec<(String, Tree)> = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            if fields.iter().any(|(it, _)| *it == name) {
                let words = format!("the name `{name}` stands here twice");
                return Err(Error::custom(words));
            }
            fields.push((name, entries.next_value()?));
        }
        Ok(Tree::Fields(fields))
    }
}
