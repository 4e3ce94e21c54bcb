/** Fenced code blocks of a language in a Markdown text, without their fences. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...markdown.matchAll(fence)].map(([, block]) => block);
}

/** The anchor that a heading has on GitHub: lower case, punctuation left out, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** The anchors of a Markdown text; of equal headings the second has `-1` behind it, and so on. */
export function anchors(markdown: string): Set<string> {
  const found = new Set<string>();
  const text = markdown.replace(/^```.*?^```$/gms, '');
  for (const [, heading] of text.matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    let name = plain;
    for (let i = 1; found.has(name); i += 1) name = `${plain}-${i}`;
    found.add(name);
  }
  return found;
}

/** The addresses of links and pictures in a Markdown text, code left out. */
export function links(markdown: string): string[] {
  const text = markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(([, address]) => address);
}
