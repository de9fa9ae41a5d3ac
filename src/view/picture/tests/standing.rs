//! Where single things of a picture stand.

use super::*;

fn of_kind(parts: &[Part], kind: Kind) -> impl Iterator<Item = &Part> {
    parts.iter().filter(move |part| part.kind() == kind)
}

fn rect(part: &Part) -> Rect {
    part.rect.expect("it stands somewhere")
}

#[test]
fn a_number_on_a_brokers_head_touches_neither_the_topic_nor_the_brokers_name() {
    for numbers in [1..=1, 4..=4, 2..=9] {
        for stage in &STAGES[2..] {
            let spots: Vec<Spot> = numbers
                .clone()
                .map(|number| Spot {
                    number,
                    is_lit: false,
                    node: SpotNode::Broker(1),
                    partition: None,
                })
                .collect();
            let layout = layout(*stage);
            let parts = picture(&scene(6), &layout, &spots, &Focus::default());
            let number = of_kind(&parts, Kind::Cause).map(rect).next();
            let number = number.expect("there is a number");
            let frame = layout.brokers[0];
            assert!(number.x < frame.x && frame.x < number.right());
            let mut headings = of_kind(&parts, Kind::Heading);
            let topic = headings.find(|part| part.words == "orders").map(rect);
            assert!(topic.is_some_and(|topic| topic.right() + 6 <= number.x));
            let head = of_kind(&parts, Kind::FrameHead).find(|part| part.key.column == 1);
            let name = frame.x + 12 + head.map_or(0, |head| i32::from(head.fill));
            assert!(number.right() + 6 <= name, "{stage:?}, {numbers:?}");
        }
    }
}
