//! As much of JSON Schema 2020-12 as the schema of scenarios uses.
//!
//! The validators on crates.io bring in `ahash`, which `deny.toml` bans, and fifty more crates. A
//! keyword that is not known here is a complaint too, so that nothing is passed over in silence.

use serde_json::Value;

/// What says something to people, not about values.
const ANNOTATIONS: [&str; 6] = [
    "$schema",
    "$defs",
    "title",
    "description",
    "default",
    "format",
];

/// What is wrong with a value; nothing if the schema takes it.
pub fn complaints(schema: &Value, value: &Value) -> Vec<String> {
    let mut checker = Checker {
        root: schema,
        complaints: Vec::new(),
    };
    checker.check(schema, value, "scenario");
    checker.complaints
}

struct Checker<'a> {
    root: &'a Value,
    complaints: Vec<String>,
}

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value, place: &str) {
        let Some(keywords) = schema.as_object() else {
            if schema == &Value::Bool(false) {
                self.complain(place, "nothing is expected here");
            }
            return;
        };
        for (keyword, expected) in keywords {
            match keyword.as_str() {
                "properties" | "patternProperties" | "additionalProperties" | "required" => {
                    self.check_object(schema, keyword, value, place);
                }
                "prefixItems" | "items" | "minItems" | "maxItems" => {
                    self.check_array(schema, keyword, value, place);
                }
                "oneOf" | "anyOf" => self.check_choice(keyword, expected, value, place),
                "$ref" => {
                    let target = expected.as_str().and_then(|path| path.strip_prefix('#'));
                    let target = target.and_then(|path| self.root.pointer(path));
                    let target = target
                        .expect("a reference leads to a part of the schema")
                        .clone();
                    self.check(&target, value, place);
                }
                _ if ANNOTATIONS.contains(&keyword.as_str()) => {}
                _ if is_met(keyword, expected, value) => {}
                _ => self.complain(place, &format!("{value} is not {keyword} {expected}")),
            }
        }
    }

    fn check_object(&mut self, schema: &Value, keyword: &str, value: &Value, place: &str) {
        let Some(fields) = value.as_object() else {
            return;
        };
        if keyword == "required" {
            let required = schema["required"].as_array().into_iter().flatten();
            for name in required.filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    self.complain(place, &format!("{name} is missing"));
                }
            }
            return;
        }
        for (name, field) in fields {
            let (source, part) = schema_of_field(schema, name);
            if source == keyword {
                self.check(&part.clone(), field, &format!("{place}.{name}"));
            }
        }
    }

    fn check_array(&mut self, schema: &Value, keyword: &str, value: &Value, place: &str) {
        let Some(items) = value.as_array() else {
            return;
        };
        let prefix = schema["prefixItems"].as_array().map_or(0, Vec::len);
        let bound = schema[keyword].as_u64().unwrap_or_default() as usize;
        match keyword {
            "minItems" if items.len() < bound => self.complain(place, "too few items"),
            "maxItems" if items.len() > bound => self.complain(place, "too many items"),
            "minItems" | "maxItems" => {}
            _ => {
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{place}[{index}]");
                    if index < prefix && keyword == "prefixItems" {
                        self.check(&schema[keyword][index].clone(), item, &place);
                    } else if index >= prefix && keyword == "items" {
                        self.check(&schema[keyword].clone(), item, &place);
                    }
                }
            }
        }
    }

    fn check_choice(&mut self, keyword: &str, choices: &Value, value: &Value, place: &str) {
        let choices = choices.as_array().expect("a choice is a list");
        let complaints_of = |choice: &Value| {
            let mut checker = Checker {
                root: self.root,
                complaints: Vec::new(),
            };
            checker.check(choice, value, place);
            checker.complaints
        };
        let fitting = choices
            .iter()
            .filter(|choice| complaints_of(choice).is_empty())
            .count();
        if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
            self.complain(place, &format!("{value} fits {fitting} of the choices"));
        }
    }

    fn complain(&mut self, place: &str, problem: &str) {
        self.complaints.push(format!("{place}: {problem}"));
    }
}

/// Which keyword speaks about a field, and what it says.
fn schema_of_field<'a>(schema: &'a Value, name: &str) -> (&'static str, &'a Value) {
    if let Some(part) = schema["properties"].get(name) {
        return ("properties", part);
    }
    let patterns = schema["patternProperties"].as_object();
    for (pattern, part) in patterns.into_iter().flatten() {
        assert_eq!(pattern, r"^\d+$", "the only pattern known here");
        if name.chars().all(|c| c.is_ascii_digit()) {
            return ("patternProperties", part);
        }
    }
    ("additionalProperties", &schema["additionalProperties"])
}

/// The keywords that look at the value alone; an unknown keyword is never met.
fn is_met(keyword: &str, expected: &Value, value: &Value) -> bool {
    match keyword {
        "type" => match expected {
            Value::Array(types) => types.iter().any(|name| has_type(name, value)),
            name => has_type(name, value),
        },
        "const" => value == expected,
        "enum" => expected.as_array().is_some_and(|list| list.contains(value)),
        "minimum" => !value.is_number() || integer(value) >= integer(expected),
        "maximum" => !value.is_number() || integer(value) <= integer(expected),
        _ => false,
    }
}

fn has_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => integer(value).is_some(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

fn integer(value: &Value) -> Option<i128> {
    let unsigned = value.as_u64().map(i128::from);
    unsigned.or_else(|| value.as_i64().map(i128::from))
}
