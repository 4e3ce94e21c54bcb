// @ts-check
/* Adds zoom, cursor, the energy of a selection and an overlay to the figures of traces. Whatever it makes, the page is whole without it. */
(() => {
  const innerWidth = 10_000;
  const innerHeight = 1_000;
  const states = ['idle', 'gate', 'Big', 'transfer / other'];
  const svgNamespace = 'http://www.w3.org/2000/svg';

  /**
   * @typedef {{ name: string, word: string, volts?: number, times: number[], amperes: number[], marker: string, charges: number[] }} Trace
   * times in seconds from the beginning, amperes from each time to the next, charges in coulombs up to each time
   */

  /** @param {string} text @returns {Trace} */
  function parse(text) {
    const { ns, na, ...rest } = JSON.parse(text);
    let at = 0;
    /** @type {number[]} */
    const times = [];
    for (const step of ns) {
      at += step;
      times.push(at * 1e-9);
    }
    const amperes = na.map((/** @type {number} */ current) => current * 1e-9);
    const charges = [0];
    for (let i = 1; i < times.length; i += 1)
      charges.push(charges[i - 1] + amperes[i - 1] * (times[i] - times[i - 1]));
    return { ...rest, times, amperes, charges };
  }

  /** The sample that holds at a time. @param {Trace} trace @param {number} time */
  function indexAt({ times }, time) {
    let [low, high] = [0, times.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (times[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Charge from the beginning to a time. @param {Trace} trace @param {number} time */
  function chargeTo(trace, time) {
    const inside = Math.min(Math.max(time, 0), trace.times[trace.times.length - 1]);
    const i = indexAt(trace, inside);
    return trace.charges[i] + trace.amperes[i] * (inside - trace.times[i]);
  }

  /** Charge of each marker state between two times. @param {Trace} trace @param {number} from @param {number} to */
  function chargeByState(trace, from, to) {
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < trace.times.length - 1; i += 1) {
      const seconds = Math.min(to, trace.times[i + 1]) - Math.max(from, trace.times[i]);
      if (seconds > 0) sums[Number(trace.marker[i])] += trace.amperes[i] * seconds;
    }
    return sums;
  }

  /** @param {number} value @param {number} [digits] */
  const figure = (value, digits = 4) =>
    value.toLocaleString('en-US', { maximumSignificantDigits: digits, useGrouping: true });

  /** A value with the prefix that suits it. @param {number} value @param {string} unit */
  function withUnit(value, unit) {
    const size = Math.abs(value);
    const [factor, prefix] =
      size >= 1 ? [1, ''] : size >= 1e-3 ? [1e3, 'm'] : size >= 1e-6 ? [1e6, 'µ'] : [1e9, 'n'];
    return `${figure(value * factor)} ${prefix}${unit}`;
  }

  /** Round values between two. @param {number} low @param {number} high */
  function roundValues(low, high) {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = ([1, 2, 5].find(factor => factor * power >= rough) ?? 10) * power;
    const values = [];
    for (let n = Math.ceil(low / step); n * step <= high; n += 1) values.push(n * step);
    return { values, digits: Math.max(4, Math.ceil(Math.log10(Math.max(Math.abs(high), step) / step)) + 1) };
  }

  /** @param {string} name @param {Record<string, string | number>} attributes */
  function svgElement(name, attributes) {
    const element = document.createElementNS(svgNamespace, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  }

  /** @param {Trace} trace @param {number} end @param {number} top */
  function stepPath(trace, end, top) {
    const x = (/** @type {number} */ time) => Math.round((time / end) * innerWidth);
    const y = (/** @type {number} */ amps) => Math.round(innerHeight * (1 - amps / top));
    let path = `M0 ${y(trace.amperes[0])}`;
    for (let i = 1; i < trace.times.length; i += 1) path += `H${x(trace.times[i])}V${y(trace.amperes[i])}`;
    return path;
  }

  /** @type {{ figure: HTMLElement, trace: Trace }[]} */
  const all = [];
  for (const found of document.querySelectorAll('figure[data-trace]')) {
    if (!(found instanceof HTMLElement)) continue;
    all.push({ figure: found, trace: parse(found.dataset['trace'] ?? '') });
  }

  /** @param {HTMLElement} host @param {Trace} trace */
  function addViewer(host, trace) {
    const plot = host.querySelector('svg.plot');
    const line = host.querySelector('[data-line]');
    const area = host.querySelector('[data-area]');
    const axes = host.querySelectorAll('p.axis');
    if (!(plot instanceof SVGSVGElement) || line === null || area === null || axes.length !== 2) return;
    const drawing = plot;
    const [currentLine, currentArea] = [line, area];
    const end = trace.times[trace.times.length - 1];
    const height = Number(plot.getAttribute('height'));
    const currentHeight = Number(line.parentElement?.getAttribute('height'));
    const inner = [...plot.querySelectorAll('[data-inner]')];
    const [grid, ticks] = [plot.querySelector('.grid'), plot.querySelector('.ticks')];
    /** @type {[number, number]} */
    let view = [0, end];
    /** @type {[number, number] | undefined} */
    let selection;
    let cursor = 0;
    /** @type {Trace | undefined} */
    let other;

    const controls = document.createElement('div');
    controls.className = 'viewer';
    const readout = document.createElement('output');
    const shade = svgElement('rect', { class: 'selection', y: 0, height, width: 0 });
    const hair = svgElement('line', { class: 'cursor', y1: 0, y2: height, x1: '-10%', x2: '-10%' });
    const second = svgElement('path', { class: 'line line-1' });
    line.parentElement?.append(second);
    plot.append(shade, hair);
    plot.setAttribute('tabindex', '0');
    plot.setAttribute(
      'aria-keyshortcuts',
      'ArrowLeft ArrowRight Shift+ArrowLeft Shift+ArrowRight + - Escape',
    );

    /** Share of the width at which a time stands. @param {number} time */
    const across = time => `${(((time - view[0]) / (view[1] - view[0])) * 100).toFixed(3)}%`;

    function drawTicks() {
      const top = Math.max(...trace.amperes, ...(other?.amperes ?? []));
      const perAmpere = top < 1e-3 ? 1e6 : 1e3;
      const span = view[1] - view[0];
      const [perSecond, timeUnit] = span < 2e-3 ? [1e6, 'µs'] : span < 2 ? [1e3, 'ms'] : [1, 's'];
      const word = `${trace.word} current`;
      axes[0].textContent = `${word}, ${top < 1e-3 ? 'µA' : 'mA'}`;
      axes[1].textContent = `time, ${timeUnit}`;
      grid?.replaceChildren();
      ticks?.replaceChildren();
      const vertical = roundValues(0, top * perAmpere);
      const highest = vertical.values[vertical.values.length - 1];
      const step = vertical.values[1] - vertical.values[0];
      const scaleTop = highest >= top * perAmpere * 0.999 ? highest : highest + step;
      for (const value of [...vertical.values, scaleTop]) {
        const y = currentHeight * (1 - value / scaleTop);
        grid?.append(svgElement('line', { x1: 0, x2: '100%', y1: y, y2: y }));
        const label = svgElement('text', { x: -7, y: y + 4, class: 'end' });
        label.textContent = figure(value);
        if (value !== scaleTop || value === highest) ticks?.append(label);
      }
      const horizontal = roundValues(view[0] * perSecond, view[1] * perSecond);
      for (const value of horizontal.values) {
        const x = across(value / perSecond);
        grid?.append(svgElement('line', { x1: x, x2: x, y1: 0, y2: height }));
        const label = svgElement('text', { x, y: height + 16, class: 'mid' });
        label.textContent = figure(value, horizontal.digits);
        ticks?.append(label);
      }
      return scaleTop / perAmpere;
    }

    /** @param {Trace} one @param {number} from @param {number} to */
    function energyText(one, from, to) {
      const charge = chargeTo(one, to) - chargeTo(one, from);
      const mean = `mean ${withUnit(to > from ? charge / (to - from) : 0, 'A')}`;
      if (one.volts === undefined)
        return `${withUnit(charge, 'C')} (no supply voltage in this journal), ${mean}`;
      const { volts } = one;
      const parts = chargeByState(one, from, to).flatMap((part, state) =>
        part > 0 ? [`${states[state]} ${withUnit(part * volts, 'J')}`] : [],
      );
      return `${withUnit(charge * volts, 'J')} ${one.word} at ${figure(volts)} V, ${mean} (${parts.join(', ')})`;
    }

    function tell() {
      const lines = [];
      const at = (/** @type {Trace} */ one) => {
        const i = indexAt(one, cursor);
        return cursor > one.times[one.times.length - 1]
          ? 'ended'
          : `${withUnit(one.amperes[i], 'A')}, ${states[Number(one.marker[i])]}`;
      };
      lines.push(
        `Cursor ${withUnit(cursor, 's')}: ${at(trace)}${other === undefined ? '' : `; ${other.name}: ${at(other)}`}`,
      );
      if (selection !== undefined && selection[1] > selection[0]) {
        const [from, to] = selection;
        lines.push(
          `Selection ${withUnit(from, 's')} to ${withUnit(to, 's')} (${withUnit(to - from, 's')}): ${energyText(trace, from, to)}`,
        );
        if (other !== undefined) lines.push(`${other.name} in the same time: ${energyText(other, from, to)}`);
      }
      readout.replaceChildren(
        ...lines.map(text => {
          const paragraph = document.createElement('div');
          paragraph.textContent = text;
          return paragraph;
        }),
      );
      readout.dataset['from'] = String(selection?.[0] ?? '');
      readout.dataset['to'] = String(selection?.[1] ?? '');
    }

    function draw() {
      const top = drawTicks();
      const path = stepPath(trace, end, top);
      currentLine.setAttribute('d', path);
      currentArea.setAttribute('d', `${path}V${innerHeight}H0Z`);
      second.setAttribute('d', other === undefined ? '' : stepPath(other, end, top));
      const from = (view[0] / end) * innerWidth;
      const width = ((view[1] - view[0]) / end) * innerWidth;
      for (const one of inner) {
        const [, , , tall] = (one.getAttribute('viewBox') ?? '').split(' ');
        one.setAttribute('viewBox', `${from} 0 ${width} ${tall}`);
      }
      mark();
    }

    function mark() {
      const [from, to] = selection ?? [0, 0];
      const [x1, x2] = [Math.max(from, view[0]), Math.min(to, view[1])];
      shade.setAttribute('x', across(x1));
      shade.setAttribute('width', x2 > x1 ? `${((x2 - x1) / (view[1] - view[0])) * 100}%` : '0');
      hair.setAttribute('x1', across(cursor));
      hair.setAttribute('x2', across(cursor));
      hair.setAttribute('visibility', cursor < view[0] || cursor > view[1] ? 'hidden' : 'visible');
      tell();
    }

    /** @param {number} from @param {number} to */
    function show(from, to) {
      const span = Math.min(end, Math.max(to - from, end * 1e-4));
      const start = Math.min(Math.max(0, from), end - span);
      view = [start, start + span];
      draw();
    }

    /** @param {number} factor */
    function zoom(factor) {
      const half = ((view[1] - view[0]) * factor) / 2;
      const isSeen = cursor > view[0] && cursor < view[1];
      const middle = isSeen ? cursor : (view[0] + view[1]) / 2;
      show(middle - half, middle + half);
    }

    /** @param {string} text @param {() => void} act */
    function button(text, act) {
      const made = document.createElement('button');
      made.type = 'button';
      made.textContent = text;
      made.addEventListener('click', act);
      controls.append(made);
    }
    button('Zoom in', () => zoom(0.5));
    button('Zoom out', () => zoom(2));
    button('Zoom to selection', () => selection !== undefined && show(selection[0], selection[1]));
    button('Whole trace', () => show(0, end));
    const others = all.filter(one => one.trace !== trace);
    if (others.length > 0) {
      const label = document.createElement('label');
      label.textContent = 'Overlay ';
      const select = document.createElement('select');
      select.append(new Option('none', ''), ...others.map((one, i) => new Option(one.trace.name, String(i))));
      select.addEventListener('change', () => {
        other = select.value === '' ? undefined : others[Number(select.value)].trace;
        draw();
      });
      label.append(select);
      controls.append(label);
    }
    controls.append(readout);
    host.append(controls);

    /** @param {PointerEvent} event */
    function timeOf(event) {
      const box = drawing.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      return view[0] + share * (view[1] - view[0]);
    }
    /** @type {number | undefined} */
    let anchor;
    drawing.addEventListener('pointerdown', event => {
      anchor = timeOf(event);
      cursor = anchor;
      selection = undefined;
      drawing.setPointerCapture(event.pointerId);
      mark();
    });
    drawing.addEventListener('pointermove', event => {
      cursor = timeOf(event);
      if (anchor !== undefined) selection = [Math.min(anchor, cursor), Math.max(anchor, cursor)];
      mark();
    });
    for (const ending of /** @type {const} */ (['pointerup', 'pointercancel']))
      drawing.addEventListener(ending, () => {
        anchor = undefined;
      });
    drawing.addEventListener('keydown', event => {
      const span = view[1] - view[0];
      if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        const from = cursor;
        cursor = Math.min(end, Math.max(0, cursor + (event.key === 'ArrowLeft' ? -span : span) / 100));
        if (event.shiftKey) {
          const fixed = selection === undefined ? from : selection[0] === from ? selection[1] : selection[0];
          selection = [Math.min(fixed, cursor), Math.max(fixed, cursor)];
        }
        if (cursor < view[0] || cursor > view[1]) show(cursor - span / 2, cursor + span / 2);
        else mark();
      } else if (event.key === '+') zoom(0.5);
      else if (event.key === '-') zoom(2);
      else if (event.key === 'Escape') {
        selection = undefined;
        mark();
      } else return;
      event.preventDefault();
    });
    draw();
  }

  for (const { figure: host, trace } of all) addViewer(host, trace);
})();
