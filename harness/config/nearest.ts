/** Changes, insertions and deletions of letters that make one word of another (Levenshtein 1966), case aside. */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const changed = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** The known name that is most like a word; undefined where none has more than half of it. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const best = known.map(name => ({ name, off: distance(word, name) })).sort((a, b) => a.off - b.off)[0];
  return best !== undefined && best.off <= Math.max(word.length, best.name.length) / 2
    ? best.name
    : undefined;
}

/** What to try instead of a name that is not known. */
export function didYouMean(word: string, known: readonly string[]): string {
  const name = nearest(word, known);
  return name === undefined ? `use one of ${known.join(', ')}` : `did you mean "${name}"?`;
}
