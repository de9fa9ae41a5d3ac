//! Where a menu opens.

use crate::view::part::Rect;

/// Between a menu and what it belongs to, and between it and the edge of the window.
const GAP: i32 = 4;
const EDGE: i32 = 8;

/// The upper left corner of a menu of that size in a window of that size: not over its thing where
/// there is room beside it, and never outside.
pub fn place_beside(thing: Rect, (width, height): (i32, i32), window: (i32, i32)) -> (i32, i32) {
    let (right, bottom) = (window.0 - EDGE - width, window.1 - EDGE - height);
    let x = thing.x.min(right).max(EDGE);
    let y = thing.y.min(bottom).max(EDGE);
    let (below, above) = (thing.bottom() + GAP, thing.y - GAP - height);
    let (after, before) = (thing.right() + GAP, thing.x - GAP - width);
    if below <= bottom {
        (x, below)
    } else if above >= EDGE {
        (x, above)
    } else if after <= right {
        (after, y)
    } else if before >= EDGE {
        (before, y)
    } else {
        (x, y)
    }
}

/// The upper left corner of a menu that opens from an entry of another one, at `chosen`: with its own
/// first entry there, so that a second click does nothing worse. `first` is that entry's place in
/// the menu, `x` where the other one stood.
pub fn place_over(
    chosen: Rect,
    (first, x): (Rect, i32),
    (width, height): (i32, i32),
    window: (i32, i32),
) -> (i32, i32) {
    let wished = chosen.y + chosen.height / 2 - first.y - first.height / 2;
    let y = wished.min(window.1 - EDGE - height).max(EDGE);
    let (after, before) = (chosen.right() + GAP, chosen.x - GAP - width);
    if y == wished {
        (x.min(window.0 - EDGE - width).max(EDGE), y)
    } else if after + width <= window.0 - EDGE {
        (after, y)
    } else {
        (before.max(EDGE), y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: (i32, i32) = (1280, 720);

    fn thing(x: i32, y: i32) -> Rect {
        Rect {
            x,
            y,
            width: 120,
            height: 40,
        }
    }

    #[test]
    fn a_menu_opens_below_its_thing_or_above_it_or_beside_it() {
        let size = (300, 400);
        assert_eq!(place_beside(thing(200, 60), size, WINDOW), (200, 104));
        assert_eq!(place_beside(thing(200, 600), size, WINDOW), (200, 196));
        assert_eq!(place_beside(thing(200, 350), size, WINDOW), (324, 312));
        assert_eq!(place_beside(thing(1100, 350), size, WINDOW), (796, 312));
    }

    #[test]
    fn a_menu_that_opens_from_an_entry_has_its_first_one_there_or_stands_beside_it() {
        let (chosen, first) = (
            thing(210, 300),
            Rect {
                y: 30,
                ..thing(4, 0)
            },
        );
        let over = |chosen, height| place_over(chosen, (first, 200), (300, height), WINDOW);
        assert_eq!(over(chosen, 300), (200, 270));
        let low = thing(210, 640);
        assert_eq!(over(low, 300), (334, 412), "there is no room above it");
        let (x, y) = over(thing(1150, 640), 300);
        assert!(x + 300 < 1150 && y == 412);
    }

    #[test]
    fn no_menu_leaves_the_window() {
        for x in (0..1280).step_by(20) {
            for y in (0..720).step_by(20) {
                for height in [80, 400, 704] {
                    let (left, top) = place_beside(thing(x, y), (300, height), WINDOW);
                    assert!(left >= EDGE && left + 300 <= WINDOW.0 - EDGE);
                    assert!(top >= EDGE && top + height <= WINDOW.1 - EDGE);
                }
            }
        }
    }
}
