// Complaints about where texts and controls stand. `probe.layout()` gives them as sentences.

const SMALLEST_PX = 14;
const TARGET_PX = 44;

const sizeOf = (box) =>
    `${Math.round(box.left)},${Math.round(box.top)} to ${Math.round(box.right)},${Math.round(box.bottom)}`;

const small = (lines) =>
    lines.filter((line) => line.px < SMALLEST_PX)
        .map((line) => `too small, ${line.px} px: "${line.text}" in ${probe.called(line.element)}`);

// What hides a text is looked for on both axes apart: up to where one can scroll to it.
const cut = (lines) => lines.flatMap(({ element, text, box }) => {
    let [isFixedX, isFixedY] = [true, true];
    for (let it = element; it && it !== document.body; it = it.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(it);
        const frame = it.getBoundingClientRect();
        const isCutX = isFixedX && /hidden|clip/.test(overflowX) && (box.left < frame.left - 1 || box.right > frame.right + 1);
        const isCutY = isFixedY && /hidden|clip/.test(overflowY) && (box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
        if (isCutX || isCutY) return [`cut off: "${text}" at ${sizeOf(box)} in ${probe.called(it)} at ${sizeOf(frame)}`];
        isFixedX &&= !/auto|scroll/.test(overflowX);
        isFixedY &&= !/auto|scroll/.test(overflowY);
    }
    return [];
});

// A field or a choice whose words need more room than it has.
const cutFields = () => {
    const front = probe.front();
    const fields = document.querySelectorAll('input[type=text], input[type=number], input:not([type]), select, textarea');
    return [...fields].filter((it) => probe.isSeen(it) && (!probe.isModal(front) || front.contains(it))).flatMap((field) => {
        if (field.localName !== 'select')
            return field.scrollWidth > field.clientWidth + 1 ? [`cut off: the value of ${probe.called(field)}`] : [];
        const style = getComputedStyle(field);
        const context = new OffscreenCanvas(1, 1).getContext('2d');
        context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const text = field.selectedOptions[0]?.text ?? '';
        const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        const needed = context.measureText(text).width;
        return needed > room + 1 ? [`cut off: "${text}" needs ${Math.round(needed)} px of ${Math.round(room)} in ${probe.called(field)}`] : [];
    });
};

const overlapping = (lines) => {
    const complaints = [];
    const sorted = [...lines].sort((a, b) => a.seen.top - b.seen.top);
    for (const [index, one] of sorted.entries()) {
        for (let next = index + 1; next < sorted.length && sorted[next].seen.top < one.seen.bottom; next += 1) {
            const other = sorted[next];
            const both = probe.meet(one.seen, other.seen);
            if (both.right - both.left > 1 && both.bottom - both.top > 1)
                complaints.push(`overlapping: "${one.text}" in ${probe.called(one.element)} and "${other.text}" in ${probe.called(other.element)} at ${sizeOf(both)}`);
        }
    }
    return complaints;
};

const hasGround = (element) => {
    const style = getComputedStyle(element);
    const alpha = style.backgroundColor.match(/[\d.]+%?/g)?.[3];
    // A veil lets through what it dims.
    const isFilled = style.backgroundColor !== 'transparent' && (alpha === undefined || parseFloat(alpha) > 0.9);
    return (isFilled || style.backgroundImage !== 'none') && element.localName !== 'canvas';
};

// Something opaque that lies over a text: it is asked what stands at points of the text.
const covered = (lines) => probe.withSolid(() => lines.flatMap((line) => {
    const { element, text } = line;
    for (const [x, y] of probe.pointsOf(line)) {
        const stack = document.elementsFromPoint(x, y);
        // Words may be wider than their element where nothing else stands.
        for (const over of stack.includes(element) ? stack : []) {
            if (over === element) break;
            if (element.contains(over) || !probe.isSeen(over) || !hasGround(over) || over.matches('input[type=range]')) continue;
            return [`covered: "${text}" in ${probe.called(element)} by ${probe.called(over)} at ${Math.round(x)},${Math.round(y)}`];
        }
    }
    return [];
}));

const hasEdge = (style, side) => parseFloat(style[`border${side}Width`]) >= 1
    && style[`border${side}Style`] !== 'none' && !/, 0\)$|transparent/.test(style[`border${side}Color`]);

// Frames, cards, capsules: what has an edge all round or a ground. A text that starts in one ends in it.
const outside = (lines) => {
    const front = probe.front();
    const scope = probe.isModal(front) ? front : document.body;
    const boxes = [...scope.querySelectorAll('*')].filter((it) => {
        if (!probe.isSeen(it) || it.matches('option, svg *, input[type=range]')) return false;
        const style = getComputedStyle(it);
        return ['Left', 'Right'].every((side) => hasEdge(style, side));
    }).map((element) => {
        const box = element.getBoundingClientRect();
        return { element, box, seen: probe.inSight(element, box) };
    }).filter((it) => !probe.isEmpty(it.seen));
    // The number of a cause sits on the edge of what it is about.
    return lines.filter(({ element }) => !element.closest('.cause')).flatMap(({ element, text, seen, box }) => {
        const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        return boxes.filter(({ element: owner, box: edge, seen: inner }) =>
            inner.left <= x && x <= inner.right && inner.top <= y && y <= inner.bottom
            && !element.contains(owner) && probe.sheetOf(owner) === probe.sheetOf(element)
            && (box.left < edge.left - 1 || box.right > edge.right + 1)
            && !probe.isEmpty(seen))
            .slice(0, 1)
            .map(({ element: owner, box: edge }) => `outside its panel: "${text}" in ${probe.called(element)} at ${sizeOf(box)} crosses the edge of ${probe.called(owner)} at ${sizeOf(edge)}`);
    });
};

// What reaches out of the window and can't be scrolled to.
const outsideOfWindow = (lines) => {
    const complaints = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) complaints.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth} px`);
    for (const { element, text, box } of lines) {
        let it = element;
        while (it && !/auto|scroll/.test(getComputedStyle(it).overflowX + getComputedStyle(it).overflowY)) it = it.parentElement;
        if (it) continue;
        if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)
            complaints.push(`outside of the window: "${text}" in ${probe.called(element)} at ${sizeOf(box)}`);
    }
    return complaints;
};

// On a phone a finger needs room. On the stage the drawing decides.
const tooSmallForFingers = () => {
    const front = probe.front();
    const controls = [...front.querySelectorAll('button, a[href], input, select, summary')];
    return controls.filter((it) => probe.isSeen(it) && !probe.isForEars(it) && !it.closest('.stage')).flatMap((it) => {
        const target = it.matches('input[type=checkbox], input[type=radio]') ? it.closest('label') ?? it : it;
        const { width, height } = target.getBoundingClientRect();
        return Math.min(width, height) < TARGET_PX - 0.5
            ? [`too small for a finger, ${Math.round(width)} x ${Math.round(height)} px: ${probe.called(it)}`] : [];
    });
};

probe.layout = (isForFingers) => {
    const lines = probe.texts();
    const complaints = [
        ...small(lines), ...cut(lines), ...cutFields(), ...overlapping(lines), ...covered(lines),
        ...outside(lines), ...outsideOfWindow(lines), ...(isForFingers ? tooSmallForFingers() : []),
    ];
    return { complaints: [...new Set(complaints)], count: lines.length };
};
