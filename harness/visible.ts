/**
 * Characters that act on what shows them instead of being shown: controls but tab and line feed (Cc), format characters such as overrides of the
 * writing direction and zero-width ones (Cf), line and paragraph separators, halves of surrogates, and what XML 1.0 forbids.
 */
const acting = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Escapes of JSON, but for C0, which JSON's own writer leaves none of. */
function escaped(character: string): string {
  const units = [...Array(character.length).keys()].map(i => character.charCodeAt(i));
  return units
    .map(unit =>
      unit < 0x20 ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`,
    )
    .join('');
}

/**
 * A string of others (a DUT, meter, tool, model, file or journal) as harmless text for terminal and reports: what would act is shown as an
 * escape such as `\x1b`. Tabs and line feeds stay.
 */
export function visible(text: string): string {
  return text.replace(acting, escaped);
}

/** `visible`, on one line. */
export function visibleLine(text: string): string {
  return visible(text.replace(/[\r\n\t]+/g, ' '));
}

/** `visible` of every string in a value of plain objects and lists. */
export function visibleDeep<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map(visibleDeep) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [visible(key), visibleDeep(item)]),
  ) as T;
}
