//! Reads values from a tree; each kind of value in one way only.

use std::slice;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::JsonError;
use super::tree::Tree;

/// Reads from `tree`.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    tree: &'a Tree,
    /// Names are always text: where a number is wanted, it is read from the text.
    is_name: bool,
}

impl<'a> Reader<'a> {
    /// Reads from `tree`.
    pub(super) fn of(tree: &'a Tree) -> Reader<'a> {
        Reader {
            tree,
            is_name: false,
        }
    }

    fn of_name(tree: &'a Tree) -> Reader<'a> {
        Reader {
            tree,
            is_name: true,
        }
    }

    fn misfit(self, expected: &dyn Expected) -> JsonError {
        JsonError::invalid_type(self.tree.unexpected(), expected)
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::Natural(number) => visitor.visit_u64(*number),
            Tree::Negative(number) => visitor.visit_i64(*number),
            Tree::Text(text) if self.is_name => match text.parse() {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => Err(self.misfit(&visitor)),
            },
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::List(items) => visitor.visit_seq(Items {
                items: items.iter(),
                length: items.len(),
            }),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn fields<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::Fields(fields) => visitor.visit_map(Fields {
                fields: fields.iter(),
                current: None,
            }),
            _ => Err(self.misfit(&visitor)),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::Text(text) => visitor.visit_str(text),
            _ => Err(self.misfit(&visitor)),
        }
    }
}

macro_rules! read_as {
    ($($method:ident)* => $how:ident) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
            self.$how(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = JsonError;

    read_as! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_f32 deserialize_f64 => number
    }
    read_as! {
        deserialize_str deserialize_string deserialize_char deserialize_identifier
        deserialize_bytes deserialize_byte_buf => text
    }
    read_as! { deserialize_seq => list }
    read_as! { deserialize_map => fields }
    read_as! { deserialize_bool deserialize_unit deserialize_ignored_any => deserialize_any }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Natural(_) | Tree::Negative(_) => self.number(visitor),
            Tree::Text(_) => self.text(visitor),
            Tree::List(_) => self.list(visitor),
            Tree::Fields(_) => self.fields(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonError> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.fields(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        self.list(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let (name, value) = match self.tree {
            name @ Tree::Text(_) => (name, None),
            Tree::Fields(fields) if fields.len() == 1 => (&fields[0].0, Some(&fields[0].1)),
            _ => return Err(self.misfit(&"a name, or one name with its value")),
        };
        visitor.visit_enum(Variant { name, value })
    }
}

/// A list, item by item.
struct Items<'a> {
    items: slice::Iter<'a, Tree>,
    length: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = JsonError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, JsonError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.length - self.items.len() - 1;
        seed.deserialize(Reader::of(item))
            .map(Some)
            .map_err(|error| error.in_item(index))
    }
}

/// A structure, field by field.
struct Fields<'a> {
    fields: slice::Iter<'a, (Tree, Tree)>,
    /// The field whose name has been read.
    current: Option<&'a (Tree, Tree)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = JsonError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, JsonError> {
        self.current = self.fields.next();
        self.current
            .map(|(name, _)| seed.deserialize(Reader::of_name(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, JsonError> {
        let Some((name, value)) = self.current else {
            return Err(JsonError::custom("a value has a name before it"));
        };
        seed.deserialize(Reader::of(value))
            .map_err(|error| in_named(error, name))
    }
}

/// One of several kinds of value: its name, and what stands behind it.
struct Variant<'a> {
    name: &'a Tree,
    value: Option<&'a Tree>,
}

impl<'a> Variant<'a> {
    fn value(&self) -> Result<Reader<'a>, JsonError> {
        self.value
            .map(Reader::of)
            .ok_or_else(|| in_named(JsonError::custom("this needs a value"), self.name))
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), JsonError> {
        Ok((seed.deserialize(Reader::of(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        match self.value {
            None => Ok(()),
            Some(_) => Err(in_named(
                JsonError::custom("this takes no value"),
                self.name,
            )),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, JsonError> {
        seed.deserialize(self.value()?)
            .map_err(|error| in_named(error, self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let value = self.value()?;
        value
            .list(visitor)
            .map_err(|error| in_named(error, self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        let value = self.value()?;
        value
            .fields(visitor)
            .map_err(|error| in_named(error, self.name))
    }
}

fn in_named(error: JsonError, name: &Tree) -> JsonError {
    match name {
        Tree::Text(name) => error.in_field(name),
        _ => error,
    }
}
