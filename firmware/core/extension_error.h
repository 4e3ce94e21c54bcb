/** How the `lf` commands and the streams refuse (firmware/PROTOCOL.md, "Extension"). */
#pragma once

/** `e-[lf,<code>,<what>] *HHHH` */
void extension_error(const char *code, const char *what);
