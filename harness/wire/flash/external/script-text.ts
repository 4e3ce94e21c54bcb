import { LittlefirstError } from '../../../errors.js';

/** Text that a tool's own script language could not hold at all: it ends a line there. */
function refuseControls(text: string, what: string): void {
  /* biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for */
  if (!/[\x00-\x1f\x7f]/.test(text)) return;
  throw new LittlefirstError('LF_CONFIG_INVALID', `${what} has characters that a script cannot hold`, {
    expected: 'text without control characters',
    received: JSON.stringify(text),
  });
}

/**
 * One word of a Tcl script (OpenOCD): whatever Tcl reads something into stands behind a backslash; other text, accents too, stands as it is.
 * Tcl(n), rules [6] to [9]. @throws LF_CONFIG_INVALID
 */
export function tclWord(text: string): string {
  refuseControls(text, 'A path');
  return text === '' ? '{}' : text.replace(/[\\\s[\]{}"$;#~()]/g, '\\$&');
}

/**
 * One argument of a GDB command that takes a file name: between double quotes, with backslash and quote behind a backslash (GDB manual,
 * "Filename Arguments As Sets of Words"; older versions read it by the same rules of libiberty's buildargv). A tilde behind a blank is a home
 * folder even there (seen with 13.1). @throws LF_CONFIG_INVALID
 */
export function gdbFile(text: string): string {
  refuseControls(text, 'A path');
  if (/(?:^|\s)~/.test(text))
    throw new LittlefirstError('LF_CONFIG_INVALID', 'A path has a tilde that GDB takes for a home folder', {
      expected: 'a temporary folder (TMPDIR) without a tilde at the beginning of a word',
      received: text,
    });
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A file in a J-Link Commander script, which knows quotes and no escapes. @throws LF_CONFIG_INVALID */
export function jLinkFile(text: string): string {
  refuseControls(text, 'A path');
  if (text.includes('"'))
    throw new LittlefirstError('LF_CONFIG_INVALID', 'A path has quotes, which J-Link Commander cannot take', {
      expected: 'a temporary folder (TMPDIR) without quotes in its name',
      received: text,
    });
  return `"${text}"`;
}
