// Whether everything that can be used is reached by keyboard, and whether one sees where one is.

const CONTROLS = 'button, a[href], input:not([type=hidden]), select, textarea, summary, [tabindex], [role=button], [role=slider]';

const stops = new Map();

const clipped = (element, box) => {
    for (let it = element; it && it !== document.documentElement; it = it.parentElement) {
        const style = getComputedStyle(it);
        if (style.clipPath !== 'none') return it;
        if (it !== element && /hidden|clip/.test(style.overflowX + style.overflowY)) {
            const frame = it.getBoundingClientRect();
            if (box.left < frame.left - 1 || box.top < frame.top - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1) return it;
        }
        if (it.matches('dialog, [popover]')) break;
    }
    return null;
};

// Why one does not see that an element has the focus; nothing if one does.
const unseen = (control) => {
    // A field that is there for the hand only lies on what it shows.
    const element = getComputedStyle(control).opacity === '0' ? control.parentElement : control;
    const style = getComputedStyle(element);
    const width = parseFloat(style.outlineWidth), offset = parseFloat(style.outlineOffset);
    if (style.outlineStyle === 'none' || width < 2) return `focus not seen: ${probe.called(element)} has an outline of ${style.outlineStyle} ${style.outlineWidth}`;
    const box = element.getBoundingClientRect();
    if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth || box.width < 2)
        return `focus not seen: ${probe.called(element)} is outside of the window or has no size`;
    const reach = Math.max(0, offset + width);
    const ring = { left: box.left - reach, right: box.right + reach, top: box.top - reach, bottom: box.bottom + reach };
    const frame = clipped(element, ring);
    return frame ? `focus not seen: the outline of ${probe.called(element)} is cut off by ${probe.called(frame)}` : null;
};

const remember = ({ target }) => {
    if (!stops.has(target) && target.matches(':focus-visible')) stops.set(target, unseen(target));
};

// Remembers everything that gets the focus by keyboard from now on.
probe.watchFocus = () => {
    stops.clear();
    document.addEventListener('focusin', remember);
};

probe.isMenu = () => probe.front().matches('.menu');

// How many places were reached.
probe.stopCount = () => stops.size;

const arrow = (element, key) =>
    element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));

// What is to be reached: of radio buttons the chosen one is the stop; what scrolls by itself is no
// control.
const wanted = () => [...probe.front().querySelectorAll(CONTROLS)].filter((control) =>
    probe.isSeen(control)
    && !control.matches(':disabled, [inert] *, [aria-hidden=true], [aria-hidden=true] *')
    && !control.matches('input[type=radio]:not(:checked), dialog, [popover]')
    && !control.matches('[tabindex]:not(button, a, input, select, textarea, summary, [role])'));

// Goes on with the arrows from every place that Tab has reached, inside of its group, until
// nothing is left to be found.
const walk = (missing) => {
    const reached = [...stops.keys()];
    for (let index = 0; index < reached.length && missing.size > 0; index += 1) {
        const from = reached[index];
        const group = from.closest('[role=group], [role=grid], [role=menu], [role=tablist], [role=toolbar], [role=listbox], [role=radiogroup]');
        if (!group || (!probe.isMenu() && !group.querySelector('[tabindex="-1"]'))) continue;
        for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp']) {
            from.focus();
            if (document.activeElement !== from) continue;
            arrow(from, key);
            const to = document.activeElement;
            if (to === from || to === document.body || reached.includes(to)) continue;
            reached.push(to);
            missing.delete(to);
        }
    }
};

probe.unreached = () => {
    const missing = new Set(wanted().filter((control) => !stops.has(control)));
    walk(missing);
    return [...stops.values()].filter(Boolean)
        .concat([...missing].map((control) => `not reached by keyboard: ${probe.called(control)}`));
};
