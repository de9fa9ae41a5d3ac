//! The contrast of every pair of colours that meet on the page, read from the tokens themselves.

#[cfg(test)]
mod tests {
    use highwater_engine::sorted::SortedMap;

    const TOKENS: &str = include_str!("../../style/tokens.css");
    const PAGE: &str = include_str!("../../index.html");
    const CONTRAST: &str = "[data-theme=\"contrast\"] {";
    const TEXT: f64 = 4.5;
    const MARK: f64 = 3.0;

    type Palette = SortedMap<String, String>;

    fn declarations(selector: &str) -> Palette {
        let block = TOKENS
            .split_once(selector)
            .and_then(|(_, rest)| rest.split_once('}'))
            .map_or("", |(block, _)| block);
        block
            .lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("--")?
                    .strip_suffix(';')?
                    .split_once(": ")
            })
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The light theme, the dark one, and the one of high contrast.
    fn palettes() -> [Palette; 3] {
        let tokens = declarations(":root {");
        let themed = |pick: fn((&str, &str)) -> String| -> Palette {
            let values = tokens.iter().map(|(name, value)| {
                let pair = value
                    .strip_prefix("light-dark(")
                    .and_then(|pair| pair.strip_suffix(')')?.split_once(", "));
                (name.clone(), pair.map_or_else(|| value.clone(), pick))
            });
            values.collect()
        };
        let light = themed(|(light, _)| light.to_owned());
        let dark = themed(|(_, dark)| dark.to_owned());
        let mut contrast = light.clone();
        contrast.extend(declarations(CONTRAST));
        [light, dark, contrast]
    }

    #[test]
    fn the_themes_differ() {
        let [light, dark, contrast] = palettes();
        assert_ne!(light["color-ink"], dark["color-ink"]);
        assert_ne!(light["color-ink"], contrast["color-ink"]);
    }

    fn luminance(color: &str) -> f64 {
        let number = u32::from_str_radix(color.trim_start_matches('#'), 16).unwrap_or_default();
        let part = |shift: u32| {
            let value = f64::from(number >> shift & 0xff) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                power_2_4((value + 0.055) / 1.055)
            }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    fn contrast(palette: &Palette, first: &str, second: &str) -> f64 {
        let of = |name: &str| luminance(&palette[&format!("color-{name}")]);
        let (a, b) = (of(first), of(second));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn assert_contrast(pairs: &[(&str, &str)], floor: f64) {
        for palette in palettes() {
            for (first, second) in pairs {
                let found = contrast(&palette, first, second);
                assert!(found >= floor, "{first} on {second}: {found:.2} < {floor}");
            }
        }
    }

    #[test]
    fn words_can_be_read_on_every_ground() {
        let mut pairs = vec![
            ("on-inverse", "inverse"),
            ("on-inverse-soft", "inverse"),
            ("on-tide", "tide"),
            ("tide", "water"),
            ("tide", "raised"),
            ("ink", "water"),
            ("ink", "sunken"),
            ("ink-soft", "water"),
            ("ink-soft", "sunken"),
            ("danger-text", "danger-wash"),
        ];
        for ground in ["page", "stage", "raised"] {
            for word in ["ink", "ink-soft", "ink-quiet", "danger-text"] {
                pairs.push((word, ground));
            }
        }
        assert_contrast(&pairs, TEXT);
    }

    #[test]
    fn marks_that_carry_meaning_can_be_seen() {
        let mut pairs = vec![("tide", "stage"), ("on-danger", "danger")];
        for ground in ["page", "stage", "raised"] {
            pairs.push(("border", ground));
            pairs.push(("danger", ground));
            pairs.push(("focus", ground));
        }
        assert_contrast(&pairs, MARK);
    }

    #[test]
    fn every_key_has_a_readable_letter_and_a_visible_outline() {
        for hue in ["a", "b", "c", "d", "e", "f", "none"] {
            let name = |part: &str| format!("key-{hue}-{part}");
            assert_contrast(
                &[(&name("letter"), &name("fill")), ("ink", &name("tint"))],
                TEXT,
            );
            if matches!(hue, "b" | "f") {
                // Their hue is that of the water: only their lightness tells a follower's records from it.
                assert_contrast(&[(&name("tint"), "water")], 1.1);
            }
            let outline = name("outline");
            assert_contrast(&[(&outline, "raised"), (&outline, "water")], MARK);
        }
    }

    #[test]
    fn the_browser_around_the_page_has_the_colour_of_the_page() {
        for (name, palette) in ["light", "dark", "contrast"].iter().zip(palettes()) {
            let said = format!("{name}: \"{}\"", palette["color-page"]);
            assert!(PAGE.contains(&said), "index.html does not say {said}");
        }
    }

    /// `base` to the power of 2.4, the square times its fifth root: the same bits everywhere.
    fn power_2_4(base: f64) -> f64 {
        let square = base * base;
        let mut root = 1.0;
        for _ in 0..60 {
            root = (4.0 * root + square / (root * root * root * root)) / 5.0;
        }
        square * root
    }
}
