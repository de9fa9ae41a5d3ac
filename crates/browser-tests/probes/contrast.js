// How well texts and marks stand out from what is really painted behind them: two pictures of the
// window are compared, one of them without words.

const TEXT_RATIO = 4.5;
const MARK_RATIO = 3;

const withoutWords = new CSSStyleSheet();
withoutWords.replaceSync(`*, *::before, *::after {
    -webkit-text-fill-color: transparent !important; caret-color: transparent !important;
} ::selection { color: transparent !important; -webkit-text-fill-color: transparent !important; }`);

// Everything at rest, so that two pictures in a row are equal, and nothing left out for being far.
const still = new CSSStyleSheet();
still.replaceSync(`*, *::before, *::after {
    transition: none !important; animation: none !important; content-visibility: visible !important;
}`);

const put = (sheet, isOn) => {
    const others = document.adoptedStyleSheets.filter((it) => it !== sheet);
    document.adoptedStyleSheets = isOn ? [...others, sheet] : others;
};

probe.keepStill = (isOn) => put(still, isOn);
probe.hideWords = (isOn) => put(withoutWords, isOn);

const decode = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
};

const pixel = (picture, x, y) => {
    const at = (y * picture.width + x) * 4;
    return [picture.data[at], picture.data[at + 1], picture.data[at + 2]];
};

const linear = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};
const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
const ratio = (one, other) => {
    const [a, b] = [luminance(one), luminance(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

const parse = (colour) => {
    const numbers = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
    // `rgb(…)` counts to 255, `color(srgb …)`, which mixing gives, to 1.
    const full = colour.startsWith('color(') ? 255 : 1;
    return { rgb: numbers.slice(0, 3).map((it) => it * full), alpha: numbers[3] ?? 1 };
};

const opacity = (element) => {
    let product = 1;
    for (let it = element; it; it = it.parentElement) product *= parseFloat(getComputedStyle(it).opacity);
    return product;
};

const blend = (front, back, alpha) => front.map((value, index) => value * alpha + back[index] * (1 - alpha));

const hex = (rgb) => '#' + rgb.map((it) => Math.round(it).toString(16).padStart(2, '0')).join('');

const clip = (picture, box) => ({
    left: Math.max(0, Math.floor(box.left)), right: Math.min(picture.width - 1, Math.ceil(box.right)),
    top: Math.max(0, Math.floor(box.top)), bottom: Math.min(picture.height - 1, Math.ceil(box.bottom)),
});

// What lies behind the letters and beside them, most like the letters first.
const grounds = (words, ground, box) => {
    const { left, right, top, bottom } = clip(words, box);
    const found = [];
    for (let y = top; y <= bottom; y += 1)
        for (let x = left; x <= right; x += 1) {
            const one = pixel(words, x, y), other = pixel(ground, x, y);
            const difference = one.reduce((sum, it, index) => sum + Math.abs(it - other[index]), 0);
            if (difference > 40) found.push(other);
        }
    return found;
};

const faint = (lines, words, ground) => lines.flatMap(({ element, text, seen }) => {
    const style = getComputedStyle(element);
    const { rgb, alpha } = parse(style.color);
    const strength = alpha * opacity(element);
    // What is disabled or dimmed has stepped back; its strong twin is elsewhere on the page.
    if (element.closest(':disabled, [data-dimmed]')) return [];
    const behind = grounds(words, ground, seen);
    if (behind.length < 4) return [`invisible: "${text}" in ${probe.called(element)}`];
    const ratios = behind.map((it) => [ratio(blend(rgb, it, strength), it), it]).sort((a, b) => a[0] - b[0]);
    // Letters on hatch have a halo: a few of its corners don't count.
    const [least, on] = ratios[Math.floor(ratios.length * 0.1)];
    return least < TEXT_RATIO - 0.05
        ? [`too faint, ${least.toFixed(2)} : 1: "${text}" in ${probe.called(element)}, ${hex(blend(rgb, on, strength))} on ${hex(on)}`] : [];
});

// A control without words shows itself by something else.
const blank = (picture) => {
    const front = probe.front();
    return [...front.querySelectorAll('button, a[href], [role=button], [role=menuitem], [role=tab]')].flatMap((control) => {
        if (!probe.isSeen(control) || probe.isForEars(control) || control.innerText.trim() !== '' || control.closest(':disabled, [data-dimmed]')) return [];
        const seen = probe.inSight(control, control.getBoundingClientRect());
        if (seen.right - seen.left < 6 || seen.bottom - seen.top < 6) return [];
        const { left, right, top, bottom } = clip(picture, seen);
        const counts = new Map();
        for (let y = top; y <= bottom; y += 1)
            for (let x = left; x <= right; x += 1) {
                const key = pixel(picture, x, y).join();
                counts.set(key, (counts.get(key) ?? 0) + 1);
            }
        const [[most]] = [...counts].sort((a, b) => b[1] - a[1]);
        const around = most.split(',').map(Number);
        const standing = [...counts].filter(([key]) => ratio(key.split(',').map(Number), around) >= MARK_RATIO)
            .reduce((sum, [, count]) => sum + count, 0);
        return standing < 5 ? [`nothing stands out of its ground: ${probe.called(control)}`] : [];
    });
};

// Lines and outlines that carry a meaning, against what is painted beside them. They may touch
// something of their own tone at some of their four sides, not at most of them.
const faintMarks = (picture) => {
    if (probe.front() !== document.body) return [];
    const marks = [...document.querySelectorAll('.rail, .bar, .cell, .frame, .card, .owned')];
    return marks.flatMap((mark) => {
        const style = getComputedStyle(mark);
        const isOutlined = mark.matches('.cell, .frame, .card, .owned');
        const { rgb, alpha } = parse(isOutlined ? style.borderTopColor : style.backgroundColor);
        if (!probe.isSeen(mark) || mark.closest('[data-dimmed]') || alpha * opacity(mark) < 1) return [];
        // What is pointed at, or the visitor's own, has a second outline around the first.
        if (isOutlined && style.outlineStyle !== 'none') return [];
        const { left, right, top, bottom } = mark.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2].map(Math.round);
        const beside = [[x, Math.round(top) - 2], [x, Math.round(bottom) + 1], [Math.round(left) - 2, y], [Math.round(right) + 1, y]]
            .filter(([x, y]) => !probe.isEmpty(probe.inSight(mark, { left: x, right: x + 1, top: y, bottom: y + 1 })))
            // Not what lies over the stage, nor the cell next to it, which ends where this one begins.
            .filter(([x, y]) => {
                const on = document.elementFromPoint(x, y);
                return on === null || (on.closest('.stage') && !(mark.matches('.cell') && on.closest('.cell')));
            })
            .map(([x, y]) => pixel(picture, x, y));
        // Its own colour beside it is a part of it.
        const faint = beside.filter((on) => ratio(rgb, on) > 1.05 && ratio(rgb, on) < MARK_RATIO - 0.05);
        return faint.length > 2 ? [`too faint a mark: ${probe.called(mark)}, ${hex(rgb)} on ${faint.map(hex)}`] : [];
    });
};

// Edges of what is painted anew come out a little lighter or darker; what has changed, by much.
const isLike = (one, other) => {
    if (one.data.length !== other.data.length) return false;
    for (let at = 0; at < one.data.length; at += 4) {
        let difference = 0;
        for (let part = at; part < at + 3; part += 1) difference += Math.abs(one.data[part] - other.data[part]);
        if (difference > 200) return false;
    }
    return true;
};

// Nothing if the page has changed between the first picture and the last, or not lost its words.
probe.contrast = async (...pictures) => {
    const [words, ground, again] = await Promise.all(pictures.map(decode));
    if (!isLike(words, again) || isLike(words, ground)) return null;
    return [...new Set([...faint(probe.texts(), words, ground), ...blank(words), ...faintMarks(ground)])];
};
