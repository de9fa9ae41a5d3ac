//! A form as markup: one text for the browser to read, in which nothing that a person typed can be
//! anything but text.

use super::{Field, Form, Input};

/// Forms with more fields than this can be searched.
const SEARCHED_FROM: usize = 18;

impl Form {
    /// Whether it can be searched.
    fn is_searched(&self) -> bool {
        self.fields.len() > SEARCHED_FROM
    }

    /// What goes between the tags of the `form` on the page.
    pub fn markup(&self) -> String {
        let mut page = Markup::default();
        page.raw("<h2 id=\"form-title\">")
            .text(&self.title)
            .raw("</h2>");
        if !self.about.is_empty() {
            page.raw("<p data-live>").text(&self.about).raw("</p>");
        }
        let refused = self.fields.iter().position(|field| !field.error.is_empty());
        if self.is_searched() {
            let focus = if refused.is_none() { " autofocus" } else { "" };
            page.raw("<input type=\"search\" class=\"dialog__search\" placeholder=\"")
                .raw("Find a setting\" aria-label=\"find a setting\"")
                .raw(focus)
                .raw(">");
        }
        page.raw("<div class=\"fields\">");
        let focused = refused.or_else(|| (!self.is_searched()).then_some(0));
        for (number, field) in self.fields.iter().enumerate() {
            if number > 0 && number == self.folded_from {
                page.raw("<details class=\"field\"");
                let folded = &self.fields[number..];
                if self.is_unfolded || folded.iter().any(|it| !it.error.is_empty()) {
                    page.raw(" open");
                }
                let has_acks = folded.iter().any(|it| it.name == "acks");
                let words = if has_acks { "More, also acks" } else { "More" };
                page.raw("><summary>").raw(words);
                page.raw("</summary><div class=\"fields\">");
            }
            page.field(number, field, Some(number) == focused);
        }
        if self.folded_from > 0 {
            page.raw("</div></details>");
        }
        page.raw("</div><div class=\"dialog__foot\">");
        if let Some((words, _)) = self.saves {
            page.raw("<button type=\"button\" class=\"button\" data-save>");
            page.text(words).raw("</button>");
        }
        page.raw("<button type=\"button\" class=\"button\">");
        if self.verb.is_empty() {
            page.raw("Close</button></div>");
        } else {
            let close = if self.kind.is_live() {
                "Close"
            } else {
                "Cancel"
            };
            page.raw(close)
                .raw("</button><button class=\"button button--primary\" data-live>")
                .text(self.verb)
                .raw("</button></div>");
        }
        page.written
    }
}

#[derive(Default)]
pub(super) struct Markup {
    pub(super) written: String,
}

impl Markup {
    pub(super) fn raw(&mut self, markup: &str) -> &mut Markup {
        self.written.push_str(markup);
        self
    }

    /// Text, or what stands between the quotes of an attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Markup {
        for letter in text.chars() {
            match letter {
                '&' => self.written.push_str("&amp;"),
                '<' => self.written.push_str("&lt;"),
                '>' => self.written.push_str("&gt;"),
                '"' => self.written.push_str("&quot;"),
                other => self.written.push(other),
            }
        }
        self
    }

    pub(super) fn attribute(&mut self, name: &str, value: &str) -> &mut Markup {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    fn field(&mut self, number: usize, field: &Field, has_focus: bool) {
        let id = format!("field-{number}");
        let label = if field.label.is_empty() {
            &field.name
        } else {
            &field.label
        };
        self.raw("<div class=\"field\"");
        if field.is_changed {
            self.attribute("data-state", "changed");
        }
        if field.label.is_empty() {
            self.attribute("data-name", "real");
        }
        if !field.when.is_empty() {
            self.attribute("data-when", field.when);
        }
        if field.span > 0 {
            self.attribute("data-span", &field.span.to_string());
        }
        self.raw("><label")
            .attribute("for", &id)
            .raw(">")
            .text(label)
            .raw("</label>");
        self.input(&id, field, has_focus);
        self.raw("<p")
            .attribute("id", &[&id, "-help"].concat())
            .raw(">");
        if !field.error.is_empty() {
            self.raw("<strong role=\"alert\">")
                .text(&field.error)
                .raw("</strong> ");
        }
        self.text(&field.help).raw("</p></div>");
    }

    fn input(&mut self, id: &str, field: &Field, has_focus: bool) {
        let tag = match field.input {
            Input::Line => "<input",
            Input::Number => "<input inputmode=\"numeric\"",
            Input::File => "<input type=\"file\" accept=\".json,application/json\"",
            Input::Choice(_) => "<select",
            Input::Text => "<textarea rows=\"1\" data-enter spellcheck=\"false\"",
            Input::Lines => "<textarea rows=\"4\" spellcheck=\"false\"",
            Input::Piece(ref bytes) => return self.pieces(bytes, field, has_focus),
            Input::Picture(ref markup) => {
                self.raw(markup);
                return;
            }
            Input::Preview(ref markup) => {
                self.raw("<output class=preview").attribute("id", id);
                self.raw(">").raw(markup).raw("</output>");
                return;
            }
        };
        self.raw(tag)
            .attribute("id", id)
            .attribute("name", &field.name)
            .attribute("aria-describedby", &[id, "-help"].concat());
        if has_focus {
            self.raw(" autofocus");
        }
        if !field.error.is_empty() {
            self.raw(" aria-invalid=\"true\"");
        }
        match &field.input {
            Input::Line | Input::Number => {
                self.attribute("value", &field.value)
                    .attribute("placeholder", &field.default)
                    .raw(" autocomplete=\"off\">");
            }
            Input::File | Input::Piece(_) | Input::Picture(_) | Input::Preview(_) => {
                self.raw(">");
            }
            // The first line break after the tag would be lost.
            Input::Text | Input::Lines => {
                self.raw(">\n").text(&field.value).raw("</textarea>");
            }
            Input::Choice(choices) => {
                self.raw(">");
                for (value, words) in choices {
                    self.raw("<option").attribute("value", value);
                    if *value == field.value {
                        self.raw(" selected");
                    }
                    self.raw(">").text(words).raw("</option>");
                }
                self.raw("</select>");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_stays_text() {
        let form = Form {
            title: "a & b".to_owned(),
            fields: vec![Field {
                name: "key".to_owned(),
                value: "\"><script>alert(1)</script>".to_owned(),
                ..Field::default()
            }],
            ..Form::default()
        };
        let markup = form.markup();
        assert!(markup.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""));
        assert!(!markup.contains("<script") && markup.contains("a &amp; b"));
    }

    #[test]
    fn a_refused_field_is_marked_described_and_has_the_focus() {
        let field = |name: &str, error: &str| Field {
            name: name.to_owned(),
            error: error.to_owned(),
            ..Field::default()
        };
        let form = Form {
            fields: vec![field("one", ""), field("two", "Value must be at least 0")],
            ..Form::default()
        };
        let markup = form.markup();
        let second = &markup[markup.find("name=\"two\"").expect("it is there")..];
        assert!(second.starts_with(
            "name=\"two\" aria-describedby=\"field-1-help\" autofocus aria-invalid=\"true\""
        ));
        assert!(markup.contains(
            "id=\"field-1-help\"><strong role=\"alert\">Value must be at least 0</strong>"
        ));
        assert_eq!(markup.matches("autofocus").count(), 1);
    }
}
