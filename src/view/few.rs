//! What is done with few things of a kind, for which what the standard library has is large: each kind that it
//! sorts adds kilobytes to the page.

/// Sorts them; those of which none is after the other stay as they are.
pub fn sort<T>(few: &mut [T], is_after: &dyn Fn(&T, &T) -> bool) {
    for index in 1..few.len() {
        let mut place = index;
        while place > 0 && is_after(&few[place - 1], &few[place]) {
            few.swap(place - 1, place);
            place -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn few_are_sorted_and_equals_stay_as_they_are() {
        let mut few = [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')];
        sort(&mut few, &|one, other| one.0 > other.0);
        assert_eq!(few, [(1, 'b'), (1, 'e'), (2, 'd'), (3, 'a'), (3, 'c')]);
        sort::<u8>(&mut [], &|_, _| true);
    }
}
