// What can be read on the page: every text that is seen, with its box and its size. Loaded into the
// page by the audit, as `window.probe`; the other probes build on it.
window.probe ??= {};

// The topmost window in front of the page, or else the page.
probe.front = () => {
    const open = [...document.querySelectorAll('dialog:modal, :popover-open')];
    return open.at(-1) ?? document.body;
};

probe.isModal = (front) => front.matches('dialog:modal');

const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

// Words for screen readers only: cut down to a pixel.
const isForEars = (element) => {
    for (let it = element; it && it !== document.body; it = it.parentElement) {
        const { width, height } = it.getBoundingClientRect();
        if (width <= 1.5 && height <= 1.5 && getComputedStyle(it).overflowX !== 'visible') return true;
    }
    return false;
};

const meet = (a, b) => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
});

const isEmpty = (box) => box.right - box.left < 1 || box.bottom - box.top < 1;

// What is left of a box inside everything that scrolls around it, and inside the window.
probe.inSight = (element, box) => {
    let seen = meet(box, { left: 0, top: 0, right: innerWidth, bottom: innerHeight });
    for (let it = element; it && it !== document.documentElement; it = it.parentElement) {
        const style = getComputedStyle(it);
        if (/auto|scroll/.test(style.overflowX + style.overflowY)) seen = meet(seen, it.getBoundingClientRect());
        if (it.matches('dialog, [popover]')) break;
    }
    return seen;
};

// An element in the words of a complaint.
probe.called = (element) => {
    const words = element.getAttribute('aria-label') || element.innerText || element.value || '';
    const name = element.getAttribute('class') || element.id || '';
    const state = element.dataset.state ? `[${element.dataset.state}]` : '';
    const text = words.replace(/\s+/g, ' ').trim().slice(0, 60);
    return `<${element.localName}${name && '.' + name.replace(/\s+/g, '.')}${state}> "${text}"`;
};

// The lines of all texts in front, a field's value being one: `{ element, text, box, px }`.
// A box is as high as letters without descenders, so that lines set close don't overlap.
probe.texts = () => {
    const front = probe.front();
    const lines = [];
    const add = (element, text, rects) => {
        if (text.trim() === '' || !isSeen(element) || isForEars(element)) return;
        const px = parseFloat(getComputedStyle(element).fontSize);
        for (const rect of rects) {
            const middle = (rect.top + rect.bottom) / 2;
            const box = { left: rect.left, right: rect.right, top: middle - px * 0.38, bottom: middle + px * 0.38 };
            const seen = probe.inSight(element, box);
            if (!isEmpty(seen)) lines.push({ element, text: text.trim(), box, seen, px });
        }
    };
    const walker = document.createTreeWalker(probe.isModal(front) ? front : document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest('option, script, style, template')) continue;
        // Without the blanks around it, which take room and show nothing.
        range.setStart(node, node.data.length - node.data.trimStart().length);
        range.setEnd(node, Math.max(node.data.trimEnd().length, range.startOffset));
        add(node.parentElement, node.data, range.getClientRects());
    }
    for (const field of document.querySelectorAll('input:not([type=range], [type=checkbox], [type=radio], [type=file]), select, textarea')) {
        if (!front.contains(field) && probe.isModal(front)) continue;
        const style = getComputedStyle(field);
        const box = field.getBoundingClientRect();
        const text = field.selectedOptions?.[0]?.text ?? (field.value || field.placeholder);
        const inner = {
            left: box.left + parseFloat(style.paddingLeft), right: box.right - parseFloat(style.paddingRight),
            top: box.top, bottom: box.bottom,
        };
        add(field, text, [inner]);
    }
    return inFront(lines);
};

// What may lie over the page: behind it nothing is to be read.
const SHEETS = 'dialog, [popover], aside, .done, [role=dialog], [role=menu]';

// Everything takes part in the question of what stands at a point, but for the canvases.
const solid = new CSSStyleSheet();
solid.replaceSync('* { pointer-events: auto !important; } canvas { pointer-events: none !important; }');

probe.withSolid = (look) => {
    const others = [...document.adoptedStyleSheets];
    document.adoptedStyleSheets = [...others, solid];
    const seen = look();
    document.adoptedStyleSheets = others;
    return seen;
};

// Points from the left to the right of what is seen of a line. The browser rounds a point to a pixel: of a line that
// scrolled away but for its edge, the next one is what lies below.
probe.pointsOf = ({ seen }) => [0.05, 0.35, 0.65, 0.95].map((part) =>
    [seen.left + (seen.right - seen.left) * part, Math.floor((seen.top + seen.bottom) / 2)]);

// The sheet of which an element is a part; none for the page itself.
probe.sheetOf = (element) => element.closest(SHEETS);

// Without the texts that lie behind a sheet. A menu may lie over a part of a text, for it goes away
// with the next click.
const inFront = (lines) => probe.withSolid(() => lines.filter((line) => {
    const over = probe.pointsOf(line).map(([x, y]) => document.elementFromPoint(x, y)?.closest(SHEETS))
        .map((sheet) => (sheet?.contains(line.element) ? null : sheet));
    return over.some((sheet) => !sheet) && !over.some((sheet) => sheet?.matches(':popover-open'));
}));

probe.meet = meet;
probe.isEmpty = isEmpty;
probe.isSeen = isSeen;
probe.isForEars = isForEars;
