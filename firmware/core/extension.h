/** The `lf` commands (firmware/PROTOCOL.md, "Extension"). */
#pragma once

/** Runs one `lf` command; `rest` is what follows `lf`. */
void extension_command(char *rest);
